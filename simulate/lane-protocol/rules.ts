/** What the protocol rests on, a rule a switch: each can be taken out, and then something breaks. */
export const RULES = {
  acquireLeavesHeldLanes: 'A lane whose lease lives is not acquired by anybody else.',
  knock: 'Acquiring a held lane leaves a knock.',
  knockInTheSameStatement: 'The knock is left by the very statement that found the lane held.',
  releaseAnswersTheKnock: 'A release answers the knock it clears, and the holder then goes on.',
  joinsNoEarlierAcquisition:
    'Whoever wants a lane that its process is acquiring already asks once more when that was refused: it had been sent before.',
  releaseGoesOnWhenDue: 'A release goes on when something is due by now.',
  releaseWritesWakeAt: 'A release writes when the next delivery falls due, and a timer wakes the lane then.',
  handOverIsWoken: 'Whoever hands a lane over that is to go on wakes it.',
  lostLaneIsWoken:
    'Whoever learns that its lane is lost wakes it: wakes may have come to it that were not its any more.',
  queueKeepsTheLastWake: 'A wake that comes while the lane’s job is active is kept until that job has ended.',
  renewByEpoch: 'A renewal prolongs the lease of its own epoch only.',
  releaseByEpoch: 'A release clears the lease of its own epoch only.',
  fence: 'A holder asks its own lease before it sends.',
  fenceAtTheLastMoment: 'It asks right before the first byte, not when the request begins.',
  fenceCountsFromSending: 'It counts its lease from before the statement was sent, not from the answer.',
  grantBeforeUse: 'How many requests a holder may have in flight is in Postgres before it is used.',
  lessFromAskingOn: 'A renewal that grants less holds from when it is sent.',
  grantIsInherited: 'What an expired holder was granted counts as in flight.',
  inheritanceIsPassedOn: 'So does what it had inherited itself.',
  inheritedForTheTimeout: 'It counts until lease end and time-out, not until the lease’s end alone.',
  settleByEpoch: 'A retry is written by the lane’s current epoch only.',
  settleLocksTheLane: 'The statement that writes it holds the lane’s row, so that nobody takes the lane in between.',
  sweep: 'A sweep finds due deliveries that nobody works on and nothing will wake.',
  sweepOutsideTheQueue: 'The sweep lives outside of the queue it makes up for.',
} as const;

export type Rule = keyof typeof RULES;
export type Rules = ReadonlySet<Rule>;

export const ALL_RULES: Rules = new Set(Object.keys(RULES) as Rule[]);
export const without = (...taken: Rule[]): Rules => new Set([...ALL_RULES].filter((rule) => !taken.includes(rule)));
