/** Below this many places a line is not worth tidying. */
const TIDY_FROM = 32;

/**
 * First come, first served, and anybody may leave from anywhere: each step costs the same however long the line is. (A `Set` keeps the order
 * too, but finding its first member walks over all that left in front of it.)
 */
export class Line<Member> {
  private places: (Member | undefined)[] = [];
  private readonly placeOf = new Map<Member, number>();
  private head = 0;

  get length(): number {
    return this.placeOf.size;
  }

  /** Who stands in it already stays where it is. */
  join(member: Member): void {
    if (this.placeOf.has(member)) return;
    this.placeOf.set(member, this.places.length);
    this.places.push(member);
  }

  /** False: it did not stand in the line. */
  leave(member: Member): boolean {
    const place = this.placeOf.get(member);
    if (place === undefined) return false;
    this.placeOf.delete(member);
    this.places[place] = undefined;
    if (this.places.length > TIDY_FROM && this.places.length > 2 * this.placeOf.size) this.tidy();
    return true;
  }

  first(): Member | undefined {
    if (this.placeOf.size === 0) return undefined;
    while (this.places[this.head] === undefined) this.head += 1;
    return this.places[this.head];
  }

  private tidy(): void {
    this.places = [...this.placeOf.keys()];
    this.head = 0;
    this.places.forEach((member, place) => {
      if (member !== undefined) this.placeOf.set(member, place);
    });
  }
}
