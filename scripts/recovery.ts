import { readLatestBlock } from '../services/chain/ledger-clock.ts'
import type { Ledger } from '../services/chain/ledger.ts'
import { countApprovals, readRecovery, type RecoveryState } from '../services/chain/recoveries.ts'
import { makeCall } from '../services/chain/single-call.ts'
import { addressOfKey } from '../services/chain/typed-data.ts'
import { addressOfDid } from '../services/chain/dids.ts'
import { DomainError } from '../services/domain/errors.ts'
import { didOf } from '../services/domain/identity/did.ts'
import { readCommandArguments } from './command-arguments.ts'
import { MARKET_FLAGS, MARKET_HELP, withMarket, type RunningMarket } from './running-ledger.ts'
import { AREA } from './setup/neighbourhood.ts'
import { readHomeKey } from './sign-in-link.ts'

const HELP = `usage: commonwatt recovery show <who>
       commonwatt recovery plan <home> --guardians <who>,<who>,… --threshold <number> [--manager yes|no]
       commonwatt recovery approve <who> <new owner> --as <home> [--until <unix seconds>]
       commonwatt recovery propose <who> <new owner> [--area <number>]
       commonwatt recovery refuse <home>
       commonwatt recovery execute <who>

Gives an identity a new owner where the key of its owner is lost: by guardians whom the owner chose in time (plan, approve),
or on the proposal of the community manager, which the owner can refuse for a week (propose, refuse, execute). <who> is a
home's name or number, an address or a DID; <home> is one whose account key is in the data folder, and which signs.
Approvals of guardians count together where they name the same end: the first one prints it, the others give it with --until.

${MARKET_HELP}`

const FLAGS = [...MARKET_FLAGS, 'guardians', 'threshold', 'manager', 'as', 'until', 'area']
const APPROVAL_SECONDS = 7 * 86_400

type Flags = Readonly<Record<string, string | undefined>>
type Act = (market: RunningMarket, words: readonly string[], flags: Flags) => Promise<readonly string[]>

const ACTS: Readonly<Record<string, { readonly words: number; readonly act: Act }>> = {
  show: { words: 1, act: show },
  plan: { words: 1, act: choosePlan },
  approve: { words: 2, act: approve },
  propose: { words: 2, act: propose },
  refuse: { words: 1, act: refuse },
  execute: { words: 1, act: execute },
}

/** `commonwatt recovery`: gives an identity a new owner. */
export async function recovery(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help') || commandArguments.length === 0) {
    console.log(HELP)
    return commandArguments.length === 0 ? 2 : 0
  }
  const { words, flags } = readCommandArguments(commandArguments, FLAGS)
  const [name, ...rest] = words
  const known = ACTS[name ?? '']
  if (known === undefined || rest.length !== known.words) {
    throw new DomainError('settings-invalid', `"recovery ${words.join(' ')}" is not understood. --help shows what is.`)
  }
  const lines = await withMarket(flags, (market) => known.act(market, rest, flags))
  for (const line of lines) console.log(line)
  return 0
}

async function show(market: RunningMarket, [who]: readonly string[]): Promise<readonly string[]> {
  const identity = await addressOf(market, who!)
  const { owner, guardians, threshold, isManagerBarred, proposal } = await stateOf(market, identity)
  return [
    `${didOf(market.ledger.chainId, identity)} is owned by ${owner}.`,
    guardians.length === 0
      ? 'Its owner chose no guardians.'
      : `${threshold} of these guardians can give it a new owner: ${guardians.join(', ')}.`,
    isManagerBarred ? 'The community manager may not propose one.' : 'The community manager may propose one.',
    ...(proposal === null
      ? []
      : [
          `The community manager of area ${proposal.area} proposed ${proposal.newOwner}: to be executed from ` +
            `${timeOf(proposal.executableFrom)} to ${timeOf(proposal.executableUntil)}, unless the owner refuses.`,
        ]),
  ]
}

async function choosePlan(market: RunningMarket, [home]: readonly string[], flags: Flags): Promise<readonly string[]> {
  const key = await readHomeKey(market.dataFolder, home!)
  const named = (flags.guardians ?? '').split(',').filter((name) => name.trim() !== '')
  const guardians = (await Promise.all(named.map((name) => addressOf(market, name.trim())))).sort()
  const threshold = wholeNumberOf('threshold', flags.threshold ?? '0')
  const isBarred = yesOrNo('manager', flags.manager ?? 'yes') === 'no'
  const plan = [guardians, threshold, isBarred]
  await makeCall(market.ledger, key, {
    contract: 'recovery',
    function: 'choosePlan',
    arguments: [addressOfKey(key), plan],
  })
  return show(market, [addressOfKey(key)])
}

async function approve(
  market: RunningMarket,
  [who, next]: readonly string[],
  flags: Flags,
): Promise<readonly string[]> {
  if (flags.as === undefined)
    throw new DomainError('settings-invalid', 'name the guardian with --as. --help shows how.')
  const { ledger, dataFolder } = market
  const key = await readHomeKey(dataFolder, flags.as)
  const [identity, newOwner] = [await addressOf(market, who!), await addressOf(market, next!)]
  const { nonce, threshold } = await stateOf(market, identity)
  const { timestamp } = await readLatestBlock(ledger)
  const deadline = flags.until === undefined ? timestamp + APPROVAL_SECONDS : wholeNumberOf('until', flags.until)
  const replacement = { identity, newOwner, nonce, deadline }
  await makeCall(ledger, key, {
    contract: 'recovery',
    function: 'approve',
    arguments: [[identity, newOwner, nonce, deadline], addressOfKey(key)],
  })
  const { owner } = await stateOf(market, identity)
  if (owner.toLowerCase() === newOwner) return [`${newOwner} owns ${identity} from now on.`]
  const approvals = await countApprovals(ledger, replacement)
  return [`${approvals} of ${threshold} guardians approve. The others give --until ${deadline} (${timeOf(deadline)}).`]
}

async function propose(
  market: RunningMarket,
  [who, next]: readonly string[],
  flags: Flags,
): Promise<readonly string[]> {
  const [identity, newOwner] = [await addressOf(market, who!), await addressOf(market, next!)]
  const area = flags.area === undefined ? AREA : wholeNumberOf('area', flags.area)
  await makeCall(market.ledger, await market.keyOf('community-manager'), {
    contract: 'recovery',
    function: 'propose',
    arguments: [identity, newOwner, area],
  })
  return show(market, [identity])
}

async function refuse(market: RunningMarket, [home]: readonly string[]): Promise<readonly string[]> {
  const key = await readHomeKey(market.dataFolder, home!)
  const manager = addressOfKey(await market.keyOf('community-manager'))
  await makeCall(market.ledger, key, {
    contract: 'recovery',
    function: 'refuse',
    arguments: [addressOfKey(key), manager],
  })
  return ['Refused: the community manager proposes nobody else for 90 days.']
}

async function execute(market: RunningMarket, [who]: readonly string[]): Promise<readonly string[]> {
  const identity = await addressOf(market, who!)
  const key = await market.keyOf('community-manager')
  await makeCall(market.ledger, key, {
    contract: 'recovery',
    function: 'executeProposal',
    arguments: [identity, addressOfKey(key)],
  })
  return show(market, [identity])
}

async function stateOf({ ledger, keyOf }: RunningMarket, identity: string): Promise<RecoveryState> {
  return readRecovery(ledger, identity, addressOfKey(await keyOf('community-manager')))
}

/** Lower-case, of a home, an address or a DID. */
async function addressOf({ ledger, dataFolder }: { ledger: Ledger; dataFolder: string }, who: string): Promise<string> {
  if (who.startsWith('did:')) return addressOfDid(ledger.chainId, who)
  if (who.startsWith('0x')) return addressOfDid(ledger.chainId, `did:ethr:0x${ledger.chainId.toString(16)}:${who}`)
  return addressOfKey(await readHomeKey(dataFolder, who))
}

function wholeNumberOf(flag: string, text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new DomainError('settings-invalid', `--${flag} ${text}: give a whole number`)
}

function yesOrNo(flag: string, text: string): 'yes' | 'no' {
  if (text === 'yes' || text === 'no') return text
  throw new DomainError('settings-invalid', `--${flag} ${text}: give yes or no`)
}

function timeOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString()
}
