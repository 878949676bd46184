import { Line } from './line.js';

/** Those who wait, tenant by tenant in turn and first come, first served within a tenant: a tenant with a thousand lanes waits as long as one with one. */
export class TenantRounds<Member extends { readonly tenantId: string }> {
  private readonly tenants = new Line<string>();
  private readonly members = new Map<string, Line<Member>>();
  private size = 0;

  get length(): number {
    return this.size;
  }

  join(member: Member): void {
    const line = this.members.get(member.tenantId) ?? new Line<Member>();
    const before = line.length;
    line.join(member);
    this.size += line.length - before;
    this.members.set(member.tenantId, line);
    this.tenants.join(member.tenantId);
  }

  leave(member: Member): void {
    const line = this.members.get(member.tenantId);
    if (!line?.leave(member)) return;
    this.size -= 1;
    if (line.length === 0) this.forget(member.tenantId);
  }

  /** Whose turn it is leaves the line, and its tenant's next turn comes after everybody else's. */
  next(): Member | undefined {
    const tenantId = this.tenants.first();
    const member = tenantId === undefined ? undefined : this.members.get(tenantId)?.first();
    if (tenantId === undefined || member === undefined) return undefined;
    this.tenants.leave(tenantId);
    this.tenants.join(tenantId);
    this.leave(member);
    return member;
  }

  private forget(tenantId: string): void {
    this.members.delete(tenantId);
    this.tenants.leave(tenantId);
  }
}
