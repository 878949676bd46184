/** Where an app can be told to die. */
export type KillPoint =
  'after send, before settle' | 'in mid-claim' | 'between lease release and job end' | 'after commit, before wake';
