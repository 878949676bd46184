/** Why `npm start` cannot go on, in a sentence with the remedy. It is all that a person sees: no stack trace. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
