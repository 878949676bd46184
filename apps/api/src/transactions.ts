import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { Database } from '#persistence';

/** Transactions of requests, and what is put off until they have committed: a wake sent earlier would find nothing to do. */
@Injectable()
export class Transactions {
  private readonly waiting = new AsyncLocalStorage<(() => void)[]>();

  constructor(private readonly database: Database) {}

  /** One transaction; inside another one, part of it. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.waiting.getStore() !== undefined) return this.database.transaction(work);
    const waiting: (() => void)[] = [];
    const result = await this.waiting.run(waiting, () => this.database.transaction(work));
    for (const action of waiting) action();
    return result;
  }

  /** Runs `action` when the transaction around this call has committed, at once when there is none. It must not throw. */
  afterCommit(action: () => void): void {
    const waiting = this.waiting.getStore();
    if (waiting === undefined) action();
    else waiting.push(action);
  }
}
