// For `node --require`: makes this process's wall clock wrong, at each SIGUSR2 in turn ten minutes ahead, right, ten minutes behind, right.
const MINUTES = [0, 10, 0, -10];
const now = Date.now.bind(Date);
let turn = 0;

process.on('SIGUSR2', () => (turn = (turn + 1) % MINUTES.length));

const shifted = () => now() + MINUTES[turn] * 60_000;

globalThis.Date = class extends Date {
  constructor(...values) {
    if (values.length === 0) super(shifted());
    else super(...values);
  }

  static now() {
    return shifted();
  }
};
