export interface BudgetOwner {
  readonly tenantId: string;
  readonly endpointId: string;
}
export class InFlightBudget {
  mayBegin(_: BudgetOwner): boolean {
    return true;
  }
  begin(_: BudgetOwner): void {
    return;
  }
  end(_: BudgetOwner): void {
    return;
  }
  whenRoom(_: BudgetOwner, _callback: () => void): void {
    return;
  }
  forget(_: BudgetOwner): void {
    return;
  }
}
