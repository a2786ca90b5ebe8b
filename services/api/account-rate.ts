import { createRateLimit } from './client-rate.ts'

/**
 * Makes a guard over what is paid or kept for accounts. One that is of the market has a rate of its own; all others, whom
 * anybody can make by the thousand, have one together. Throws `code`.
 */
export function createAccountLimit(
  isKnown: (account: string) => Promise<boolean>,
  code: string,
): (account: string) => Promise<void> {
  const requireOwn = createRateLimit({ perSecond: 0.2, burst: 30 }, code, (account: string) => account)
  const requireStrangers = createRateLimit({ perSecond: 1 / 60, burst: 20 }, code, () => '')
  return async (account) => {
    if (await isKnown(account)) requireOwn(account)
    else requireStrangers(account)
  }
}
