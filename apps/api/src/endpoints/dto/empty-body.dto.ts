/** A request whose body says nothing: absent, or an object without members. */
export class EmptyBodyDto {
  /** Nothing can be given; the class has a member because a body needs a class to be checked by. */
  private readonly nothing?: never;
}
