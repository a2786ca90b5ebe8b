import { randomBytes } from 'node:crypto'
import { Interface, Wallet } from 'ethers'
import { deployContracts, type ActorKeys } from '../services/chain/deploy.ts'
import { abis } from '../services/chain/generated/contracts.ts'
import { connectLedger, type ContractName, type Ledger } from '../services/chain/ledger.ts'
import { addressOfKey } from '../services/chain/typed-data.ts'
import { startInProcessLedger, type InProcessLedger } from './in-process-ledger.ts'

/** The most that one transaction may use (EIP-7825). */
const GAS_LIMIT = 16_777_216
const ACTORS = [
  'administrator',
  'regulator',
  'communityManager',
  'marketOperator',
  'meteringOperator',
  'gateway',
  'supplier',
  'dso',
  'settlementBank',
  'taxAuthority',
  'platformOperator',
  'receipts',
] as const

/** What a transaction took. */
export type Sent = { readonly gas: number; readonly milliseconds: number }
/** Our contracts on a ledger in this process, with the keys of their actors. */
export type LedgerWorld = {
  readonly node: InProcessLedger
  readonly ledger: Ledger
  readonly keys: ActorKeys
  readonly send: (key: string, contract: ContractName, name: string, parameters: readonly unknown[]) => Promise<Sent>
  readonly close: () => Promise<void>
}

/** `genesisTime` in unix seconds. */
export async function startLedgerWorld(genesisTime: number): Promise<LedgerWorld> {
  const keys = Object.fromEntries(ACTORS.map((name) => [name, randomKey()])) as Record<(typeof ACTORS)[number], string>
  const node = await startInProcessLedger(Object.values(keys), genesisTime)
  const { addresses } = await deployContracts({ url: node.url, keys })
  const ledger = await connectLedger({ url: node.url, addresses })
  const interfaces = new Map<ContractName, Interface>()

  const send: LedgerWorld['send'] = async (key, contract, name, parameters) => {
    const codec = interfaces.get(contract) ?? new Interface(abis[contract])
    interfaces.set(contract, codec)
    const raw = await new Wallet(key).signTransaction({
      to: addresses[contract],
      data: codec.encodeFunctionData(name, parameters),
      type: 2,
      chainId: 31_337,
      nonce: Number(await node.request('eth_getTransactionCount', [addressOfKey(key), 'latest'])),
      gasLimit: GAS_LIMIT,
      maxFeePerGas: 0,
      maxPriorityFeePerGas: 0,
    })
    const began = performance.now()
    const hash = await node.request('eth_sendRawTransaction', [raw])
    const milliseconds = performance.now() - began
    const receipt = (await node.request('eth_getTransactionReceipt', [hash])) as { status: string; gasUsed: string }
    if (BigInt(receipt.status) !== 1n) throw new Error(`${contract}.${name} reverted`)
    return { gas: Number(receipt.gasUsed), milliseconds }
  }
  const close = async () => {
    ledger.close()
    await node.close()
  }
  return { node, ledger, keys, send, close }
}

export function randomKey(): string {
  return `0x${randomBytes(32).toString('hex')}`
}
