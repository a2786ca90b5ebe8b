import { addressOfChain } from '../chain/daily-keys.ts'
import type { Ledger } from '../chain/ledger.ts'
import { NO_KEY } from '../chain/sealed-keys.ts'
import { isSealedDay, readTradingKeys } from '../chain/trading-days.ts'
import { isTradingKeyOf } from '../chain/trading-key-statements.ts'
import { DomainError } from '../domain/errors.ts'
import { tradingDay } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { insertKeyChains, readKeyChains } from '../store/key-chains.ts'
import { readTraderLink } from '../store/traders.ts'
import { readArea } from '../store/views/area.ts'
import { isAccountKnown } from '../store/views/accounts.ts'
import type { Access } from './access/access.ts'
import { createAccountLimit } from './account-rate.ts'
import type { ApiDeps } from './server.ts'

type Options = { readonly store: Store; readonly ledger: Ledger; readonly access: Pick<Access, 'requirePerson'> }

/** Under which number and keys households trade, for themselves. */
export function tradersOf({ store, ledger, access }: Options): Pick<ApiDeps, 'readTrader' | 'keepKeyChain'> {
  const requireAccountWelcome = createAccountLimit((account) => isAccountKnown(store, account), 'too-many-requests')
  return {
    async readTrader(memberId, number) {
      const { id: area } = await readArea(store)
      const day = tradingDay(number)
      if (await isSealedDay(ledger, area, day)) {
        const link = await readTraderLink(store, memberId, day)
        if (link === null) return null
        const { trader, key, draw, delegatedKey } = link
        return { isSealed: true, trader, key, draw, delegatedKey: delegatedKey === NO_KEY ? null : delegatedKey }
      }
      const [own, delegated] = (await readTradingKeys(ledger, area, day)).filter(({ trader }) => trader === memberId)
      if (own === undefined) return null
      return { isSealed: false, trader: memberId, key: own.key, draw: null, delegatedKey: delegated?.key ?? null }
    },
    async keepKeyChain(request, { publicKey, chainCode, signature }) {
      const { account } = await access.requirePerson(request)
      await requireAccountWelcome(account)
      const address = addressOf(publicKey)
      if (address === null || !isTradingKeyOf(ledger, account, address, signature)) {
        throw new DomainError('trading-key-not-proved', `the key of ${publicKey} did not sign that it is of ${account}`)
      }
      await insertKeyChains(store, [{ address, publicKey, chainCode }])
      const known = (await readKeyChains(store, [address])).get(address)
      // Whoever took it for kept would look for its keys of the day in vain.
      if (known?.chainCode !== chainCode) {
        throw new DomainError('key-chain-known', `of the key ${address} another chain code is known, which stays`)
      }
    },
  }
}

/** Null for what is no point of the curve. */
function addressOf(publicKey: string): string | null {
  try {
    return addressOfChain({ publicKey })
  } catch {
    return null
  }
}
