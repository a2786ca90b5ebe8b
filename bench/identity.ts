import { encodeIssuance, issuanceTo, validityFromNow } from '../services/chain/credentials.ts'
import { openArea } from '../services/chain/deploy.ts'
import { readContract } from '../services/chain/ledger.ts'
import { addressOfKey } from '../services/chain/typed-data.ts'
import type { RecordedIssuance } from '../services/domain/identity/credential-id.ts'
import { roleNumberOf } from '../services/domain/identity/role.ts'
import { deliveryPeriod, startOf } from '../services/domain/units.ts'
import type { Figure } from './figure.ts'
import { randomKey, startLedgerWorld, type LedgerWorld } from './ledger-world.ts'

const AREA = 1
const HOUSEHOLDS = 50
const FIRST_PERIOD = deliveryPeriod(2_000_000)
const HOUSEHOLD_KIND = 0
const PROSUMER = roleNumberOf('prosumer')
const BOTH_SIDES = 3

type GasOf = (...call: Parameters<LedgerWorld['send']>) => Promise<number>

/** What identity costs on the ledger, beside a token transfer in the same run. */
export async function measureIdentity(): Promise<Figure[]> {
  const world = await startLedgerWorld(startOf(FIRST_PERIOD) - 7_200)
  try {
    await openArea(world.ledger, world.keys, AREA, {
      firstPeriod: FIRST_PERIOD,
      lastPeriod: deliveryPeriod(FIRST_PERIOD + 95),
      gateClosureLeadSeconds: 300,
      readingDeadlineSeconds: 300,
      operatorDeadlineSeconds: 600,
      challengeWindowSeconds: 3_600,
      correctionDelaySeconds: 7_200,
      finalDelaySeconds: 14_400,
    })
    return await measure(world)
  } finally {
    await world.close()
  }
}

async function measure({ ledger, keys, send: sendMeasured }: LedgerWorld): Promise<Figure[]> {
  const send: GasOf = async (...call) => (await sendMeasured(...call)).gas
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
async function transferGas(keys: LedgerWorld['keys'], send: GasOf): Promise<number> {
  const holder = addressOfKey(keys.settlementBank)
  await send(keys.settlementBank, 'settlementCurrency', 'mint', [holder, 100])
  await send(keys.settlementBank, 'settlementCurrency', 'mint', [addressOfKey(keys.dso), 100])
  return send(keys.settlementBank, 'settlementCurrency', 'transfer', [addressOfKey(keys.dso), 1])
}
