/** A request whose body says nothing: absent, or an object without members. */
export class EmptyBodyDto {}
