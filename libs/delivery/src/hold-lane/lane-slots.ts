export interface SlotUser {
  readonly tenantId: string;
  readonly isFailing: boolean;
  onSlot(): void;
  onYield(): void;
}
export class LaneSlots {
  request(user: SlotUser): void {
    user.onSlot();
  }
  leave(_: SlotUser): void {
    return;
  }
  blocked(_: SlotUser): void {
    return;
  }
  moving(_: SlotUser): void {
    return;
  }
  tick(): void {
    return;
  }
}
