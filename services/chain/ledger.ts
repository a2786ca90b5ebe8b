import { Contract, type JsonRpcProvider, type Result } from 'ethers'
import { revertToDomainError } from './errors.ts'
import { abis } from './generated/contracts.ts'
import { createProvider } from './provider.ts'

export const CONTRACT_NAMES = [
  'accessManager',
  'memberRegistry',
  'areaRegistry',
  'tradingDays',
  'callAuction',
  'orderReceipts',
  'meterReadings',
  'settlement',
  'challenges',
  'accounts',
  'settlementCurrency',
  'didRegistry',
  'credentialRegistry',
  'recovery',
  'delegations',
  'passkeyAccounts',
  'council',
  'tradingPause',
  'flexProducts',
  'congestionPoints',
  'flexPortfolios',
  'flexReservations',
  'flexRequests',
  'flexOrders',
  'flexNominations',
  'flexCalendars',
  'flexBaselines',
  'flexSettlement',
  'flexChallenges',
] as const

export type ContractName = (typeof CONTRACT_NAMES)[number]

export type LedgerAddresses = Readonly<Record<ContractName, string>>

export type Ledger = {
  readonly url: string
  readonly chainId: bigint
  readonly addresses: LedgerAddresses
  readonly provider: JsonRpcProvider
  readonly contracts: Readonly<Record<ContractName, Contract>>
  readonly close: () => void
}

/**
 * Connects to a ledger's JSON-RPC, where a request may take `timeoutMs`; 30,000 unless told. Throws `ledger-unreachable`
 * where nobody answers.
 */
export async function connectLedger({
  url,
  addresses,
  timeoutMs,
}: {
  readonly url: string
  readonly addresses: LedgerAddresses
  readonly timeoutMs?: number | undefined
}): Promise<Ledger> {
  const chainId = await readChainId(url, timeoutMs)
  const provider = createProvider(url, chainId, timeoutMs)
  const contracts = Object.fromEntries(
    CONTRACT_NAMES.map((name) => [name, new Contract(addresses[name], abis[name], provider)]),
  ) as Record<ContractName, Contract>
  return { url, chainId, addresses, provider, contracts, close: () => provider.destroy() }
}

/** Whether the ledger at `url` is the one on which these contracts were deployed. Throws `ledger-unreachable`. */
export async function ledgerHoldsDeployment(
  url: string,
  followed: { readonly chainId: number; readonly deploymentHash: string; readonly addresses: LedgerAddresses },
): Promise<boolean> {
  const chainId = await readChainId(url)
  if (chainId !== BigInt(followed.chainId)) return false
  const provider = createProvider(url, chainId)
  try {
    const block: unknown = await provider.send('eth_getBlockByHash', [followed.deploymentHash, false])
    return block !== null && (await provider.send('eth_getCode', [followed.addresses.settlement, 'latest'])) !== '0x'
  } catch (error) {
    throw revertToDomainError(error)
  } finally {
    provider.destroy()
  }
}

/** Calls a view function; what it returns, position by position. */
export async function readContract(
  ledger: Pick<Ledger, 'contracts'>,
  contract: ContractName,
  name: string,
  ...parameters: readonly unknown[]
): Promise<Result> {
  try {
    return await ledger.contracts[contract].getFunction(name).staticCallResult(...parameters)
  } catch (error) {
    throw revertToDomainError(error)
  }
}

/** Throws `ledger-unreachable` where nobody answers. */
export async function readChainId(url: string, timeoutMs?: number): Promise<bigint> {
  const provider = createProvider(url, 1n, timeoutMs)
  try {
    return BigInt((await provider.send('eth_chainId', [])) as string)
  } catch (error) {
    throw revertToDomainError(error)
  } finally {
    provider.destroy()
  }
}
