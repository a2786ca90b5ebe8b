import { id, Wallet, ZeroAddress } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consortiumOf, type RoleKeys } from '../../scripts/setup/keys.ts'
import { AREA } from '../../scripts/setup/neighbourhood.ts'
import { isAccredited } from '../../services/chain/credentials.ts'
import {
  ACCREDITATION_DELAY_SECONDS,
  DANGEROUS_DELAY_SECONDS,
  type CouncilCall,
} from '../../services/chain/governance.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { readContract, type ContractName, type Ledger } from '../../services/chain/ledger.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { roleNumberOf } from '../../services/domain/identity/role.ts'
import { startGovernedLedger, type GovernedLedger } from './governed-ledger.ts'

const PORT = 18_570
const WHY = id('because')
const SETTLEMENT = 7n
const CHALLENGES = 9n
const GUARDIAN = 11n
/** Whom the council might accredit, for what and where. */
const FRIEND = '0x00000000000000000000000000000000000000f1'
const FRIENDS = [FRIEND, roleNumberOf('supplier'), AREA] as const
const ROLES = Array.from({ length: 15 }, (_, role) => BigInt(role))

let governed: GovernedLedger
let keys: RoleKeys
let ledger: Ledger

beforeAll(async () => {
  governed = await startGovernedLedger(PORT)
  ;({ keys, ledger } = governed)
})

afterAll(() => governed.stop())

const callOf = (contract: ContractName, name: string, ...values: readonly unknown[]): CouncilCall => ({
  target: ledger.addresses[contract],
  data: ledger.contracts[contract].interface.encodeFunctionData(name, values),
})
const send = async (key: string, contract: ContractName, name: string, ...values: readonly unknown[]) => {
  const { target, data } = callOf(contract, name, ...values)
  await sendSetUpCalls(ledger.provider, key, [{ to: target, data }])
}
const timeOf = async () => (await readLatestBlock(ledger)).timestamp

/** Proposes calls as the first member; resolves to their number. */
async function propose(calls: readonly CouncilCall[]): Promise<bigint> {
  await send(keys['council-1'], 'council', 'propose', calls, WHY)
  const [count] = await readContract(ledger, 'council', 'proposalCount')
  return count as bigint
}

/** Signs an approval as the member's wallet would, and has anybody submit it. */
async function approve(proposalId: bigint, key: string): Promise<void> {
  const [proposal] = await readContract(ledger, 'council', 'proposalOf', proposalId)
  const deadline = (await timeOf()) + 3_600
  const signature = await new Wallet(key).signTypedData(
    {
      name: 'Commonwatt',
      version: '1',
      chainId: ledger.chainId,
      verifyingContract: ledger.addresses.council,
    },
    {
      Approval: [
        { name: 'proposalId', type: 'uint256' },
        { name: 'contentHash', type: 'bytes32' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    { proposalId, contentHash: (proposal as { contentHash: string }).contentHash, deadline },
  )
  await send(keys.dso, 'council', 'approveBySignatures', proposalId, deadline, [addressOfKey(key)], [signature])
}

const execute = (proposalId: bigint, calls: readonly CouncilCall[]) =>
  send(keys.supplier, 'council', 'execute', proposalId, calls, WHY)

/** Two of three members decide at once. */
async function decide(calls: readonly CouncilCall[]): Promise<void> {
  const proposalId = await propose(calls)
  await approve(proposalId, keys['council-3'])
  await execute(proposalId, calls)
}

const scheduled = ({ target, data }: CouncilCall) => callOf('accessManager', 'schedule', target, data, 0)
const executed = ({ target, data }: CouncilCall) => callOf('accessManager', 'execute', target, data)
const holds = async (role: bigint, account: string): Promise<boolean> => {
  const [isMember] = await readContract(ledger, 'accessManager', 'hasRole', role, account)
  return isMember as boolean
}

describe('after the hand-over', () => {
  test('the deployer has nothing left', async () => {
    const held = await Promise.all(ROLES.map((role) => holds(role, addressOfKey(keys.administrator))))
    expect(ROLES.filter((_, index) => held[index])).toEqual([])
    const take = () =>
      send(keys.administrator, 'accessManager', 'grantRole', CHALLENGES, addressOfKey(keys.administrator), 0)
    await expect(take()).rejects.toMatchObject({ code: 'access-manager-unauthorized-account' })
    const accredit = () => send(keys.administrator, 'credentialRegistry', 'accreditIssuer', ...FRIENDS)
    await expect(accredit()).rejects.toMatchObject({ code: 'access-managed-unauthorized' })
    const lend = () => send(keys.administrator, 'accounts', 'setCreditLine', 1, 1_000_000n)
    await expect(lend()).rejects.toMatchObject({ code: 'credential-registry-role-missing' })
  })

  test('one member of the council alone has nothing done', async () => {
    const calls = [scheduled(callOf('credentialRegistry', 'accreditIssuer', ...FRIENDS))]
    const proposalId = await propose(calls)
    await expect(execute(proposalId, calls)).rejects.toMatchObject({ code: 'council-below-threshold' })
  })

  test('what moves money is done two days after two of three decided, by anybody', async () => {
    const gateway = addressOfKey(keys.gateway)
    const pay = ledger.contracts.accounts.interface.getFunction('applyPayments')!.selector
    const dangerous = [
      callOf('accessManager', 'grantRole', SETTLEMENT, gateway, 0),
      callOf('accessManager', 'setTargetFunctionRole', ledger.addresses.accounts, [pay], CHALLENGES),
      callOf('accessManager', 'updateAuthority', ledger.addresses.accounts, ledger.addresses.accounts),
      callOf('accessManager', 'setTargetClosed', ledger.addresses.accounts, false),
      callOf('accessManager', 'setGrantDelay', SETTLEMENT, 0),
    ]
    for (const call of dangerous) {
      await expect(decide([call]), call.data).rejects.toMatchObject({ code: 'council-call-failed' })
    }
    // Both decisions at once: that it is done, and when.
    const [grant] = dangerous as [CouncilCall]
    const calls = [executed(grant)]
    const later = await propose(calls)
    await approve(later, keys['council-2'])
    await decide([scheduled(grant)])
    const decidedAt = await timeOf()
    await advanceTo(ledger, decidedAt + DANGEROUS_DELAY_SECONDS - 5)
    await expect(execute(later, calls)).rejects.toMatchObject({ code: 'council-call-failed' })
    await advanceTo(ledger, decidedAt + DANGEROUS_DELAY_SECONDS)
    await execute(later, calls)
    expect(await holds(SETTLEMENT, gateway)).toBe(true)
  })

  test('an issuer is accredited a day after it was decided, and suspended at once', async () => {
    const accredit = callOf('credentialRegistry', 'accreditIssuer', ...FRIENDS)
    await decide([scheduled(accredit)])
    await expect(decide([executed(accredit)])).rejects.toMatchObject({ code: 'council-call-failed' })
    await advanceTo(ledger, (await timeOf()) + ACCREDITATION_DELAY_SECONDS)
    await decide([executed(accredit)])
    expect(await isAccredited(ledger, FRIEND, 'supplier', AREA)).toBe(true)
    await decide([callOf('credentialRegistry', 'suspendIssuer', ...FRIENDS)])
    expect(await isAccredited(ledger, FRIEND, 'supplier', AREA)).toBe(false)
  })

  test('the council revokes a credential at once, whoever issued it', async () => {
    const supplier = addressOfKey(keys.supplier)
    const held = () => readContract(ledger, 'credentialRegistry', 'heldBy', supplier, roleNumberOf('supplier'), AREA)
    await decide([callOf('credentialRegistry', 'revokeCredentials', [...(await held())])])
    expect(await held()).toEqual([`0x${'00'.repeat(32)}`])
  })

  test('the guardian cancels what the council has scheduled, until the council removes it', async () => {
    const grant = callOf('accessManager', 'grantRole', CHALLENGES, addressOfKey(keys.gateway), 0)
    const accredit = callOf('credentialRegistry', 'accreditIssuer', ...FRIENDS)
    for (const call of [grant, accredit]) {
      await decide([scheduled(call)])
      const cancel = (key: string) =>
        send(key, 'accessManager', 'cancel', ledger.addresses.council, call.target, call.data)
      await expect(cancel(keys.supplier)).rejects.toMatchObject({ code: 'access-manager-unauthorized-cancel' })
      await cancel(keys.guardian)
      await advanceTo(ledger, (await timeOf()) + DANGEROUS_DELAY_SECONDS)
      await expect(decide([executed(call)])).rejects.toMatchObject({ code: 'council-call-failed' })
    }
    const guardian = addressOfKey(keys.guardian)
    await decide([callOf('accessManager', 'revokeRole', GUARDIAN, guardian)])
    expect(await holds(GUARDIAN, guardian)).toBe(false)
    await decide([callOf('accessManager', 'grantRole', GUARDIAN, guardian, 0)])
    expect(await holds(GUARDIAN, guardian)).toBe(false)
    await advanceTo(ledger, (await timeOf()) + DANGEROUS_DELAY_SECONDS)
    expect(await holds(GUARDIAN, guardian)).toBe(true)
  })

  test('the guardian pauses at once, and the council ends or extends it at once', async () => {
    const until = (await timeOf()) + 3_600
    await send(keys.guardian, 'tradingPause', 'pause', 1, until, WHY)
    const extend = () => send(keys.guardian, 'tradingPause', 'extendPause', 1, until + 3_600, WHY)
    await expect(extend()).rejects.toMatchObject({ code: 'access-managed-unauthorized' })
    await decide([callOf('tradingPause', 'extendPause', 1, until + 86_400, WHY)])
    expect(await readContract(ledger, 'tradingPause', 'pausedUntil', 1)).toEqual([BigInt(until + 86_400)])
    await decide([callOf('tradingPause', 'endPause', 1, WHY)])
    expect((await readContract(ledger, 'tradingPause', 'isPausedAt', 1, (await timeOf()) + 1))[0]).toBe(false)
  })

  test('the council takes in another member, and what was open is void', async () => {
    const open = [scheduled(callOf('credentialRegistry', 'accreditIssuer', ...FRIENDS))]
    const proposalId = await propose(open)
    await expect(decide([callOf('council', 'changeMembers', [ZeroAddress], 1)])).rejects.toMatchObject({
      code: 'council-call-failed',
    })
    const members = [...consortiumOf(keys).members, addressOfKey(keys.dso)]
    await decide([callOf('council', 'changeMembers', members, 3)])
    await expect(approve(proposalId, keys['council-2'])).rejects.toMatchObject({ code: 'council-void' })
  })
})
