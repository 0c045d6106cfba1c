import { Member } from './member.ts';
import type { JoinedMember, Protocol } from './messages.ts';

/** Who belongs to a group, who leads it, and what all of them have in common. */
export class Roster {
  readonly #members = new Map<string, Member>();
  readonly #idsByInstance = new Map<string, string>();
  /** Ids that were given out and whose members have not come back with them yet. */
  readonly #pending = new Set<string>();
  #leader: string | null = null;

  get leader(): string | null {
    return this.#leader;
  }

  get size(): number {
    return this.#members.size;
  }

  get joining(): number {
    return this.all.filter((member) => member.isJoining).length;
  }

  /** Whether the join phase has nobody left to wait for. */
  get allJoined(): boolean {
    return this.#pending.size === 0 && this.all.every((member) => member.isJoining);
  }

  /** Of a rebalance: the longest that any member asks for. */
  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...this.all.map((member) => member.rebalanceTimeoutMs));
  }

  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  get(id: string): Member | undefined {
    return this.#members.get(id);
  }

  withInstance(instanceId: string): Member | undefined {
    const id = this.#idsByInstance.get(instanceId);
    return id === undefined ? undefined : this.#members.get(id);
  }

  isPending(id: string): boolean {
    return this.#pending.has(id);
  }

  addPending(id: string): void {
    this.#pending.add(id);
  }

  add(member: Member): void {
    this.#members.set(member.id, member);
    if (member.instanceId !== null) this.#idsByInstance.set(member.instanceId, member.id);
    this.#pending.delete(member.id);
    this.#leader ??= member.id;
  }

  remove(id: string): void {
    const member = this.#members.get(id);
    this.#members.delete(id);
    this.#pending.delete(id);
    if (member?.instanceId != null) this.#idsByInstance.delete(member.instanceId);
    if (this.#leader === id) this.#leader = this.#members.keys().next().value ?? null;
  }

  /** A static member came back under a new id: all else, the leadership included, stays. */
  rename(member: Member, id: string): Member {
    const { instanceId, clientId, clientHost, terms, assignment } = member;
    const renamed = new Member({ id, instanceId, clientId, clientHost, ...terms, assignment });
    const leads = this.#leader === member.id;
    this.remove(member.id);
    this.add(renamed);
    if (leads) this.#leader = id;
    return renamed;
  }

  /** For the leader. */
  describe(protocol: string | null): JoinedMember[] {
    return this.all.map((member) => ({
      id: member.id,
      instanceId: member.instanceId,
      metadata: member.metadataFor(protocol),
    }));
  }

  restoreLeader(id: string | null): void {
    if (id !== null && this.#members.has(id)) this.#leader = id;
  }

  /** Makes sure that the leader is one who has joined. @returns false where there is none. */
  electLeader(): boolean {
    if (this.#leader === null) return false;
    if (this.#members.get(this.#leader)?.isJoining) return true;
    const elected = this.all.find((member) => member.isJoining);
    if (elected === undefined) return false;
    this.#leader = elected.id;
    return true;
  }

  /** Whether all present members know at least one of the protocols. */
  supports(protocols: readonly Protocol[]): boolean {
    return protocols.some(({ name }) => this.#allKnow(name));
  }

  /** Each member votes for the first of its protocols that all know; the most votes win, the first cast among equals. */
  selectProtocol(): string | null {
    const votes = new Map<string, number>();
    for (const member of this.#members.values()) {
      const choice = member.protocols.find(({ name }) => this.#allKnow(name))?.name;
      if (choice !== undefined) votes.set(choice, (votes.get(choice) ?? 0) + 1);
    }
    const most = Math.max(...votes.values());
    return [...votes].find(([, count]) => count === most)?.[0] ?? null;
  }

  #allKnow(protocol: string): boolean {
    return this.all.every((member) => member.knows(protocol));
  }
}
