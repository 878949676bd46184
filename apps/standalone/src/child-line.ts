/** A line of an app for a person: `dispatcher warn: queue away (code=ECONNREFUSED)`. What is no log line is shown as it came. */
export function childLine(app: string, line: string): string {
  const entry = parse(line);
  if (!entry || typeof entry.msg !== 'string') return `${app}: ${line}`;
  const details = Object.entries(entry)
    .filter(([name]) => !FRAME.includes(name))
    .map(([name, value]) => ({ name, text: shown(value) }))
    .filter(({ text }) => text !== entry.msg) // an error whose message is the line's
    .map(({ name, text }) => `${name}=${text}`);
  const level = typeof entry.level === 'string' ? entry.level : 'info';
  return `${app} ${level}: ${entry.msg}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}

const FRAME = ['level', 'time', 'pid', 'app', 'msg', 'hostname'];

function parse(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** An error by its message: the stack is for a debugger. */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return String(value.message);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
