import { Resolver, type Resolvable } from 'did-resolver'
import { FetchRequest, JsonRpcProvider, Network } from 'ethers'
import { getResolver } from 'ethr-did-resolver'
import { DomainError } from '../domain/errors.ts'
import { isLedgerUnreachable, revertToDomainError } from './errors.ts'
import { readLatestBlock } from './ledger-clock.ts'
import type { Ledger } from './ledger.ts'

/** So many blocks in which something was said of an identifier are read. Anybody can write more of its own. */
export const LONGEST_HISTORY = 64
const REQUEST_TIMEOUT_MS = 10_000
/** The resolver asks once for each such block. */
const HISTORY_METHOD = 'eth_getLogs'

/** What one resolution asks the ledger, up to so much; the resolver itself tells no fault of the ledger from none. */
class BoundedProvider extends JsonRpcProvider {
  fault: unknown = null
  #left = LONGEST_HISTORY

  override async send(method: string, parameters: unknown[]): Promise<unknown> {
    if (method === HISTORY_METHOD && (this.#left -= 1) < 0) {
      this.fault = new DomainError(
        'did-history-too-long',
        `more than ${LONGEST_HISTORY} changes of the identifier would have to be read`,
      )
      throw this.fault as DomainError
    }
    try {
      return await super.send(method, parameters)
    } catch (error) {
      this.fault = error
      throw error
    }
  }
}

/**
 * Reads DID documents as they are by the ledger's latest block and its time. Throws `ledger-unreachable` and
 * `did-history-too-long`; what else is wrong with an identifier is said in the resolution.
 */
export function createDidResolver(ledger: Pick<Ledger, 'url' | 'chainId' | 'addresses' | 'provider'>): Resolvable {
  const { chainId, url } = ledger
  const network = Network.from(chainId)
  return {
    async resolve(did) {
      const { number } = await readLatestBlock(ledger).catch((error: unknown) => {
        throw revertToDomainError(error)
      })
      const request = new FetchRequest(url)
      request.timeout = REQUEST_TIMEOUT_MS
      const provider = new BoundedProvider(request, network, {
        staticNetwork: network,
        batchMaxCount: 1,
        cacheTimeout: -1,
      })
      const resolver = new Resolver(getResolver(networkOf(chainId, ledger.addresses.didRegistry, provider)))
      try {
        const resolution = await resolver.resolve(did, { blockTag: number })
        if (provider.fault instanceof DomainError) throw provider.fault
        if (isLedgerUnreachable(provider.fault)) throw revertToDomainError(provider.fault)
        return resolution
      } finally {
        provider.destroy()
      }
    },
  }
}

/** The resolver's types are of the other build of ethers, for CommonJS; the provider does the same in both. */
function networkOf(chainId: bigint, registry: string, provider: JsonRpcProvider): Parameters<typeof getResolver>[0] {
  const networks: unknown = [{ name: 'commonwatt', chainId, provider, registry }]
  return { networks } as Parameters<typeof getResolver>[0]
}
