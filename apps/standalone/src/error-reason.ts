/** What an error says, for people. A refused connection is an AggregateError without a message: one error per address tried. */
export function errorReason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorReason).join('; ');
  return error instanceof Error ? error.message : String(error);
}
