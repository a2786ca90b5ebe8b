import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { z } from 'zod'
import { addressOfKey } from '../services/chain/typed-data.ts'
import {
  parsePresentationRequest,
  requireAnswered,
  type PresentationRequest,
} from '../services/credentials/presentation-request.ts'
import { createPresentation } from '../services/credentials/presentation.ts'
import { parseSdJwt, type ParsedSdJwt } from '../services/credentials/sd-jwt.ts'
import { keySigner } from '../services/credentials/signed-jwt.ts'
import { DomainError } from '../services/domain/errors.ts'
import { callApi } from './api-call.ts'
import { parseFlags, readSettings } from './settings.ts'
import { readHomeKey } from './sign-in-link.ts'

const HELP = `usage: commonwatt present <request> --as <home> [--yes] [--data <folder>]

Shows of a home's credentials what a verifier asks for, and nothing else. <request> is the address that the verifier gave
(requestUri), or a file with the document that is there; <home> is a home's name or number, whose documents and account
key are in the data folder. What would be disclosed is printed first, and sent once you say yes, or at once with --yes.`

const LOCAL = ['127.0.0.1', 'localhost', '[::1]']
const LARGEST_REQUEST = 64 * 1_024

/** What a request says is printed: nothing of it may move the cursor, or turn the direction of the text. */
const PRINTABLE = /^[^\p{C}]*$/u
const addressed = z.object({
  response_uri: z.url().max(500),
  verifier: z.string().max(100).regex(PRINTABLE),
  purpose: z.string().max(200).regex(PRINTABLE),
})
const documents = z.array(z.object({ sdJwt: z.string() }))

type Request = PresentationRequest & {
  readonly responseUri: string
  readonly verifier: string
  readonly purpose: string
}

type Presenting = {
  /** Address of a request, or a file. */
  readonly source: string
  readonly home: string
  readonly dataFolder: string
  readonly print: (line: string) => void
  /** Whether to go on, once all was printed. */
  readonly confirm: () => Promise<boolean>
}

/** `commonwatt present`: shows a home's credential to whoever asked for it. */
export async function present(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const [source, ...rest] = commandArguments
  if (source === undefined || source.startsWith('-')) {
    throw new DomainError('settings-invalid', 'name the request first: its address or a file. --help shows how.')
  }
  const {
    as: home,
    yes,
    data,
  } = parseFlags(rest, { as: { type: 'string' }, yes: { type: 'boolean' }, data: { type: 'string' } })
  if (home === undefined) throw new DomainError('settings-invalid', 'name the home with --as. --help shows how.')
  const { dataFolder } = readSettings(data === undefined ? [] : ['--data', data])
  const confirm = yes === undefined ? askOnTerminal : () => Promise.resolve(true)
  await presentCredential({ source, home, dataFolder, print: console.log, confirm })
  return 0
}

/**
 * Sends a presentation of the home's credential to whoever asks, once it is confirmed. Nothing is signed before. Throws
 * `credential-missing`, `presentation-declined`, what is wrong with the request, or why the verifier refuses.
 */
export async function presentCredential({ source, home, dataFolder, print, confirm }: Presenting): Promise<void> {
  const request = await readRequest(source)
  const key = await readHomeKey(dataFolder, home)
  const { sdJwt, parsed } = await chooseCredential(dataFolder, addressOfKey(key), request)
  for (const line of linesOf(request, parsed)) print(line)
  if (!(await confirm())) throw new DomainError('presentation-declined', 'nothing was signed, and nothing sent')

  const holder = keySigner(parsed.stated.subject, 'ES256K', key)
  const presentation = await createPresentation(sdJwt, request, holder, Math.floor(Date.now() / 1_000))
  await callApi(request.responseUri, z.null(), { presentation })
  print('It was verified.')
}

/** Throws `presentation-request-malformed`, or `presentation-for-another-site` where the answer would go elsewhere. */
async function readRequest(source: string): Promise<Request> {
  const isAddress = /^https?:/i.test(source)
  if (isAddress) requireSafe(source)
  const json: unknown = isAddress ? await callApi(source, z.unknown()) : await readRequestFile(source)
  const request = parsePresentationRequest(json)
  const parsed = addressed.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw malformed(`${issue!.path.join('.')}: ${issue!.message}`)
  }
  const { response_uri: responseUri, verifier, purpose } = parsed.data
  requireSafe(responseUri)
  // Whoever hands a request on cannot have its answer sent to itself: it is for the audience alone.
  if (!responseUri.startsWith(`${request.audience}/`)) {
    throw new DomainError(
      'presentation-for-another-site',
      `the request is of ${request.audience}, and would have its answer sent to ${new URL(responseUri).origin}`,
    )
  }
  return { ...request, responseUri, verifier, purpose }
}

async function readRequestFile(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new DomainError('presentation-request-malformed', `the file ${file} cannot be read`)
  })
  if (text.length > LARGEST_REQUEST) throw malformed(`it is longer than ${LARGEST_REQUEST} characters`)
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('it is not JSON')
  }
}

/** What is shown is read by whoever listens, where it does not stay on this machine. */
function requireSafe(address: string): void {
  const { protocol, hostname } = new URL(address)
  if (protocol === 'https:' || (protocol === 'http:' && LOCAL.includes(hostname))) return
  throw new DomainError(
    'presentation-for-another-site',
    `${address.slice(0, 200)} is not https, and not of this machine`,
  )
}

/** Of those that answer the request the one that is valid longest. */
async function chooseCredential(
  dataFolder: string,
  account: string,
  request: PresentationRequest,
): Promise<{ readonly sdJwt: string; readonly parsed: ParsedSdJwt }> {
  const file = path.join(dataFolder, 'credentials', `${account.toLowerCase()}.json`)
  const text = await readFile(file, 'utf8').catch(() => {
    throw new DomainError('credential-missing', `there are no credentials: ${file} cannot be read`)
  })
  const held = documents.parse(JSON.parse(text)).map(({ sdJwt }) => ({ sdJwt, parsed: parseSdJwt(sdJwt) }))
  const ofRole = held
    .filter(({ parsed }) => parsed.stated.role === request.role)
    .sort((one, other) => other.parsed.stated.validUntil - one.parsed.stated.validUntil)
  const [first] = ofRole
  if (first === undefined) {
    throw new DomainError('credential-missing', `a ${request.role} credential is asked for, and ${file} has none`)
  }
  const chosen = ofRole.find(({ parsed }) => answers(request, parsed)) ?? first
  requireAnswered(request.claims, chosen.parsed.disclosed)
  return chosen
}

function answers({ claims }: PresentationRequest, { disclosed }: ParsedSdJwt): boolean {
  return claims.every(
    ({ name, values }) => Object.hasOwn(disclosed, name) && (values === undefined || values.includes(disclosed[name]!)),
  )
}

function linesOf({ audience, verifier, purpose, role, claims }: Request, { stated, disclosed }: ParsedSdJwt): string[] {
  const shown = claims.map(({ name }) => name)
  const kept = Object.keys(disclosed).filter((name) => !shown.includes(name))
  return [
    `${verifier} asks, over ${audience}, for: ${purpose}`,
    '',
    `Of your ${role} credential this is disclosed:`,
    ...shown.map((name) => `  ${name}: ${String(disclosed[name])}`),
    ...(kept.length === 0 ? [] : ['', `and this is not: ${kept.join(', ')}.`]),
    '',
    `The service that checks it sees your identifier ${stated.subject} and the credential's record on the ledger.`,
  ]
}

async function askOnTerminal(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new DomainError('presentation-declined', 'nothing was sent: nobody can be asked here; --yes says yes')
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test((await terminal.question('Send it? [y/N] ')).trim())
  } finally {
    terminal.close()
  }
}

function malformed(why: string): DomainError {
  return new DomainError('presentation-request-malformed', `the request is not understood: ${why}`)
}
