import { randomBytes } from 'node:crypto'
import { Interface, Wallet } from 'ethers'
import { encodeIssuance, issuanceTo, validityFromNow } from '../services/chain/credentials.ts'
import { deployContracts, openArea, type ActorKeys } from '../services/chain/deploy.ts'
import { abis } from '../services/chain/generated/contracts.ts'
import { connectLedger, readContract, type ContractName, type Ledger } from '../services/chain/ledger.ts'
import { addressOfKey } from '../services/chain/typed-data.ts'
import type { RecordedIssuance } from '../services/domain/identity/credential-id.ts'
import { roleNumberOf } from '../services/domain/identity/role.ts'
import { deliveryPeriod, startOf } from '../services/domain/units.ts'
import type { Figure } from './figure.ts'
import { startInProcessLedger, type InProcessLedger } from './in-process-ledger.ts'

const AREA = 1
const HOUSEHOLDS = 50
const FIRST_PERIOD = deliveryPeriod(2_000_000)
const GAS_LIMIT = 16_777_216
const HOUSEHOLD_KIND = 0
const PROSUMER = roleNumberOf('prosumer')
const BOTH_SIDES = 3
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

type Sender = (key: string, contract: ContractName, name: string, parameters: readonly unknown[]) => Promise<number>

/** What identity costs on the ledger, beside a token transfer in the same run. */
export async function measureIdentity(): Promise<Figure[]> {
  const keys = Object.fromEntries(ACTORS.map((name) => [name, randomKey()])) as Record<(typeof ACTORS)[number], string>
  const node = await startInProcessLedger(Object.values(keys), startOf(FIRST_PERIOD) - 7_200)
  const { addresses } = await deployContracts({ url: node.url, keys })
  const ledger = await connectLedger({ url: node.url, addresses })
  try {
    await openArea(ledger, keys, AREA, {
      firstPeriod: FIRST_PERIOD,
      lastPeriod: deliveryPeriod(FIRST_PERIOD + 95),
      gateClosureLeadSeconds: 300,
      readingDeadlineSeconds: 300,
      operatorDeadlineSeconds: 600,
      challengeWindowSeconds: 3_600,
      correctionDelaySeconds: 7_200,
      finalDelaySeconds: 14_400,
    })
    return await measure(ledger, keys, senderOf(node, ledger))
  } finally {
    ledger.close()
    await node.close()
  }
}

async function measure(ledger: Ledger, keys: ActorKeys, send: Sender): Promise<Figure[]> {
  const transfer = await transferGas(keys, send)
  const compared = (gas: number) => `an ERC-20 transfer: ${transfer} (${(gas / transfer).toFixed(1)} times)`
  const figure = (name: string, gas: number): Figure => {
    return { name: `identity.${name}`, value: Math.round(gas), unit: 'gas', target: null, reference: compared(gas) }
  }

  const households = Array.from({ length: HOUSEHOLDS }, () => ({
    key: randomKey(),
    account: addressOfKey(randomKey()),
  }))
  const validity = await validityFromNow(ledger)
  const commitmentOf = (account: string) => `0x${account.slice(2).padStart(64, '0')}`
  const memberships = households.map(({ key }) => issuanceTo(addressOfKey(key), 'prosumer', AREA, validity))
  const connections = households.map(({ key }) =>
    issuanceTo(addressOfKey(key), 'connection-point', AREA, validity, commitmentOf(addressOfKey(key))),
  )
  const issue = (key: string, issuances: readonly RecordedIssuance[]) =>
    send(key, 'credentialRegistry', 'issueCredentials', [issuances.map(encodeIssuance)])
  const issued = await issue(keys.communityManager, memberships)
  const connected = await issue(keys.dso, connections)
  const registered = await send(keys.communityManager, 'memberRegistry', 'registerMembers', [
    AREA,
    households.map(({ key }) => [
      HOUSEHOLD_KIND,
      addressOfKey(key),
      addressOfKey(key),
      `0x${'00'.repeat(20)}`,
      10_000,
      commitmentOf(addressOfKey(key)),
    ]),
  ])

  const [first] = households
  const [firstMember] = await readContract(ledger, 'memberRegistry', 'householdOf', addressOfKey(first!.key), AREA)
  const delegated = await send(first!.key, 'memberRegistry', 'delegateTrading', [
    firstMember,
    [addressOfKey(randomKey()), BOTH_SIDES, 1_000, 0, 100_000, 2 ** 32 - 1],
  ])
  const change = async (name: string, index: number) => {
    const held = await readContract(
      ledger,
      'credentialRegistry',
      'heldBy',
      addressOfKey(households[index]!.key),
      PROSUMER,
      AREA,
    )
    return send(keys.communityManager, 'credentialRegistry', name, [[held[0]]])
  }
  const suspended = await change('suspendCredentials', 1)
  const revoked = await change('revokeCredentials', 2)

  return [
    figure('gasPerCredentialIssued', issued / HOUSEHOLDS),
    figure('gasPerHouseholdRegistered', (issued + connected + registered) / HOUSEHOLDS),
    figure('gasToDelegateTrading', delegated),
    figure('gasToSuspendAMember', suspended),
    figure('gasToRevokeAMember', revoked),
  ]
}

/** A transfer of tokens between two accounts that hold some. */
async function transferGas(keys: ActorKeys, send: Sender): Promise<number> {
  const holder = addressOfKey(keys.settlementBank)
  await send(keys.settlementBank, 'settlementCurrency', 'mint', [holder, 100])
  await send(keys.settlementBank, 'settlementCurrency', 'mint', [addressOfKey(keys.dso), 100])
  return send(keys.settlementBank, 'settlementCurrency', 'transfer', [addressOfKey(keys.dso), 1])
}

function senderOf(node: InProcessLedger, ledger: Ledger): Sender {
  return async (key, contract, name, parameters) => {
    const raw = await new Wallet(key).signTransaction({
      to: ledger.addresses[contract],
      data: new Interface(abis[contract]).encodeFunctionData(name, parameters),
      type: 2,
      chainId: ledger.chainId,
      nonce: Number(await node.request('eth_getTransactionCount', [addressOfKey(key), 'latest'])),
      gasLimit: GAS_LIMIT,
      maxFeePerGas: 0,
      maxPriorityFeePerGas: 0,
    })
    const hash = await node.request('eth_sendRawTransaction', [raw])
    const receipt = (await node.request('eth_getTransactionReceipt', [hash])) as { status: string; gasUsed: string }
    if (BigInt(receipt.status) !== 1n) throw new Error(`${contract}.${name} reverted`)
    return Number(receipt.gasUsed)
  }
}

function randomKey(): string {
  return `0x${randomBytes(32).toString('hex')}`
}
