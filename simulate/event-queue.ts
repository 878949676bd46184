/** Items by their time; of one time, in the order in which they came. A binary heap in three plain arrays: millions of numbers stay cheap. */
export class EventQueue<Item> {
  private readonly times: number[] = [];
  private readonly turns: number[] = [];
  private readonly items: Item[] = [];
  private pushed = 0;

  get size(): number {
    return this.items.length;
  }

  /** When the first one is due; infinity = there is none. */
  get nextAt(): number {
    return this.times[0] ?? Infinity;
  }

  push(at: number, item: Item): void {
    this.pushed += 1;
    const turn = this.pushed;
    let place = this.items.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.isLater(parent, at, turn)) break;
      this.move(parent, place);
      place = parent;
    }
    this.put(place, at, turn, item);
  }

  /** Takes the first one out. */
  pop(): Item | undefined {
    const first = this.items[0];
    const at = this.times.pop();
    const turn = this.turns.pop();
    const item = this.items.pop();
    if (at !== undefined && turn !== undefined && item !== undefined && this.items.length > 0)
      this.sink(at, turn, item);
    return first;
  }

  /** What was last takes the first place, and goes down to where it belongs. */
  private sink(at: number, turn: number, item: Item): void {
    const { length } = this.items;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= length) break;
      if (child + 1 < length && this.isLater(child, this.times[child + 1] ?? Infinity, this.turns[child + 1] ?? 0))
        child += 1;
      if (this.isLater(child, at, turn)) break;
      this.move(child, place);
      place = child;
    }
    this.put(place, at, turn, item);
  }

  private isLater(place: number, at: number, turn: number): boolean {
    const time = this.times[place] ?? Infinity;
    return time > at || (time === at && (this.turns[place] ?? 0) > turn);
  }

  private move(from: number, to: number): void {
    this.put(to, this.times[from] ?? 0, this.turns[from] ?? 0, this.items[from] as Item);
  }

  private put(place: number, at: number, turn: number, item: Item): void {
    this.times[place] = at;
    this.turns[place] = turn;
    this.items[place] = item;
  }
}
