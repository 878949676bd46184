import { readFileSync } from 'node:fs';
import { VARIABLES, type Variable } from '#config';

const variables = Object.values(VARIABLES).flatMap((group) => Object.values<Variable<unknown>>(group));

/** The row docs/configuration.md must hold: what the table in libs/config says, and nothing else. */
function row({ name, type, required, defaultText, unit, describes }: Variable<unknown>): string {
  const standard = required ? 'required' : defaultText === '' ? '' : `\`${defaultText}\``;
  return [`\`${name}\``, type, standard, unit ?? '', describes].join(' | ');
}

const documented = readFileSync('docs/configuration.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .slice(1, line.lastIndexOf('|'))
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|'))
      .join(' | '),
  );

it.each(variables.map((variable) => [variable.name, row(variable)]))('documents %s as it is', (_, expected) => {
  expect(documented).toContain(expected);
});

it('documents no variable that does not exist', () => {
  expect(documented.filter((line) => !variables.some((variable) => row(variable) === line))).toEqual([]);
});
