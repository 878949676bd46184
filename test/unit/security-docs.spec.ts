import { existsSync, readFileSync } from 'node:fs';

const page = readFileSync('docs/security.md', 'utf8');

interface Row {
  attack: string;
  outcome: string;
  file: string;
  titles: string[];
}

/** `file`: title; title. A title with values in it stands as the test's source has it: `refuses %s`. */
const SHOWN_BY = /^`(?<file>[\w./-]+\.spec\.ts)`: (?<titles>.+)$/;

const rows: Row[] = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .filter(([, , shownBy]) => shownBy !== 'shown by')
  .map(([attack = '', outcome = '', shownBy = '']) => {
    const found = SHOWN_BY.exec(shownBy)?.groups;
    return { attack, outcome, file: found?.file ?? shownBy, titles: found?.titles?.split('; ') ?? [] };
  });

it.each(rows)('$attack: its test is there', ({ outcome, file, titles }) => {
  expect(outcome).not.toBe('');
  expect(titles.length).toBeGreaterThan(0);
  expect(existsSync(file)).toBe(true);
  const source = readFileSync(file, 'utf8').replaceAll("\\'", "'");
  expect(titles.filter((title) => !source.includes(title))).toEqual([]);
});

it('has no section without a row', () => {
  const sections = page.split(/^## /m).slice(1);
  expect(
    sections.filter((section) => !/^\| (?!---|.*shown by)/m.test(section)).map((text) => text.split('\n')[0]),
  ).toEqual([]);
});
