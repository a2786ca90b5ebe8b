import { money, type Money } from '../units.ts'

/** Micro-euro saved against the tariff alone, negative where the market cost more; null where that cost is not known. */
export function savingOf(tariffOnly: Money | null, total: Money): Money | null {
  return tariffOnly === null ? null : money(tariffOnly - total)
}
