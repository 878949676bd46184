import { Line } from './line.js';

/** Members by the weight of their tenant, the heaviest first. A weight is a whole number from 0 and may change at any time. */
export class HeaviestFirst<Member extends { readonly tenantId: string }> {
  private readonly weights = new Map<string, number>();
  private readonly members = new Map<string, Line<Member>>();
  /** Tenants with members, by weight. */
  private readonly byWeight: (Line<string> | undefined)[] = [];
  /** Nobody is heavier. */
  private heaviest = 0;

  join(member: Member, weight: number): void {
    const line = this.members.get(member.tenantId) ?? new Line<Member>();
    line.join(member);
    this.members.set(member.tenantId, line);
    this.weigh(member.tenantId, weight);
  }

  leave(member: Member): void {
    const line = this.members.get(member.tenantId);
    if (!line?.leave(member) || line.length > 0) return;
    this.members.delete(member.tenantId);
    this.byWeight[this.weights.get(member.tenantId) ?? 0]?.leave(member.tenantId);
    this.weights.delete(member.tenantId);
  }

  /** The tenant weighs this from now on. Nothing, if it has no member here. */
  weigh(tenantId: string, weight: number): void {
    if (!this.members.has(tenantId)) return;
    const before = this.weights.get(tenantId);
    if (before === weight) return;
    if (before !== undefined) this.byWeight[before]?.leave(tenantId);
    this.weights.set(tenantId, weight);
    (this.byWeight[weight] ??= new Line()).join(tenantId);
    this.heaviest = Math.max(this.heaviest, weight);
  }

  first(): Member | undefined {
    if (this.members.size === 0) return undefined;
    while (this.heaviest > 0 && !this.byWeight[this.heaviest]?.length) this.heaviest -= 1;
    const tenantId = this.byWeight[this.heaviest]?.first();
    return tenantId === undefined ? undefined : this.members.get(tenantId)?.first();
  }
}
