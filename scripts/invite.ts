import { parseArgs } from 'node:util'
import { z } from 'zod'
import { DomainError } from '../services/domain/errors.ts'
import { readKey } from '../services/chain/role-keys.ts'
import { readSettings } from './settings.ts'
import { signInWithKey } from './sign-in-link.ts'

const HELP = `usage: commonwatt invite <home> [--consumer] [--credit-line <EUR>] [--data <folder>] [--api-port <port>]

Prints a link by which one home joins the running neighbourhood, once, within 14 days: made by the community manager, whose
key the demonstration keeps in its data folder. <home> is the new home's name.

  --consumer           it only buys; without it, it sells too
  --credit-line <EUR>  how far it may trade beyond its deposit, in whole euro [500]
`

const MICRO_EURO_PER_EURO = 1_000_000n
const made = z.object({ code: z.string() })
const refusal = z.object({ code: z.string(), detail: z.string() })

/** `commonwatt invite`: a link for a home that is to join. */
export async function invite(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const { name, membership, creditLine, apiPort, dataFolder } = parseArguments(commandArguments)
  const apiUrl = `http://127.0.0.1:${apiPort}`
  const cookie = await signInWithKey(apiUrl, await readKey(dataFolder, 'community-manager'))
  const response = await fetch(`${apiUrl}/api/invitations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-commonwatt': '1', cookie },
    body: JSON.stringify({ name, membership, creditLineMicroEuro: (creditLine * MICRO_EURO_PER_EURO).toString() }),
  })
  const answer: unknown = await response.json()
  if (!response.ok) {
    const { code, detail } = refusal.parse(answer)
    throw new DomainError(code, detail)
  }
  // Browsers make passkeys for names, and not for numeric addresses.
  console.log(`http://localhost:${apiPort}/join#${made.parse(answer).code}`)
  return 0
}

function parseArguments(commandArguments: readonly string[]) {
  const { values, positionals } = parseFlags(commandArguments)
  const [name, ...rest] = positionals
  if (name === undefined || rest.length > 0) {
    throw new DomainError('settings-invalid', 'name the home that is to join, in one argument. --help shows how.')
  }
  const creditLine = values['credit-line'] ?? '500'
  if (!/^\d{1,6}$/.test(creditLine)) {
    throw new DomainError(
      'settings-invalid',
      `--credit-line "${creditLine}" is no whole number of euro below a million`,
    )
  }
  const { apiPort, dataFolder } = readSettings([
    ...(values.data === undefined ? [] : ['--data', values.data]),
    ...(values['api-port'] === undefined ? [] : ['--api-port', values['api-port']]),
  ])
  const membership = values.consumer === true ? 'consumer' : 'prosumer'
  return { name, membership, creditLine: BigInt(creditLine), apiPort, dataFolder } as const
}

function parseFlags(commandArguments: readonly string[]) {
  try {
    return parseArgs({
      args: [...commandArguments],
      allowPositionals: true,
      options: {
        consumer: { type: 'boolean' },
        'credit-line': { type: 'string' },
        data: { type: 'string' },
        'api-port': { type: 'string' },
      },
    })
  } catch (error) {
    throw new DomainError('settings-invalid', `${(error as Error).message.split('. ')[0]}. --help shows the options.`)
  }
}
