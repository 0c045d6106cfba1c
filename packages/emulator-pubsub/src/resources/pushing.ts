import type { Service } from './service.ts';
import type { Subscription } from './subscription.ts';

export function startPushing(_service: Service, _subscription: Subscription): void {}

export async function restartPushing(_service: Service, _subscription: Subscription): Promise<void> {}
