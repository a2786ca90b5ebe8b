import { createServer, type Server } from 'node:http'
import express, { type Express, type Router } from 'express'
import { DomainError } from '../domain/errors.ts'
import type { Log } from '../runtime/log.ts'
import { replaceBigint } from './answer.ts'
import { LOCAL_HOSTS, neverStored, refuseNul, requireHost, securityHeaders } from './guards.ts'
import { handleProblems, refuseUnknown } from './problem.ts'
import { accountCallRoutes } from './routes/account-calls.ts'
import { accountRoutes } from './routes/account.ts'
import { deviceRoutes } from './routes/devices.ts'
import { deviceCommandRoutes } from './routes/device-commands.ts'
import { erasureRoutes } from './routes/erasures.ts'
import { flexOversightRoutes } from './routes/flex-oversight.ts'
import { flexibilityRoutes } from './routes/flexibility.ts'
import { exportRoutes } from './routes/exports.ts'
import { governanceRoutes } from './routes/governance.ts'
import { healthRoutes } from './routes/health.ts'
import { householdRoutes } from './routes/households.ts'
import { identityRoutes } from './routes/identities.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { joiningRoutes } from './routes/joining.ts'
import { ledgerRoutes } from './routes/ledger.ts'
import { meterImportRoutes } from './routes/meter-imports.ts'
import { neighbourhoodRoutes } from './routes/neighbourhood.ts'
import { ngsiLdRoutes } from './routes/ngsi-ld.ts'
import { openApiRoutes } from './routes/openapi.ts'
import { orderRoutes } from './routes/orders.ts'
import { passkeyRoutes } from './routes/passkeys.ts'
import { presentationRoutes } from './routes/presentations.ts'
import { refusalRoutes } from './routes/refusals.ts'
import { relayRoutes } from './routes/relay.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { settlementRoutes } from './routes/settlement.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { statementRoutes } from './routes/statements.ts'
import { streamRoutes } from './routes/stream.ts'
import { traderRoutes } from './routes/traders.ts'
import { webAppRoutes } from './routes/web-app.ts'

export type ApiDeps = Parameters<typeof healthRoutes>[0] &
  Parameters<typeof neighbourhoodRoutes>[0] &
  Parameters<typeof sessionRoutes>[0] &
  Parameters<typeof householdRoutes>[0] &
  Parameters<typeof traderRoutes>[0] &
  Parameters<typeof exportRoutes>[0] &
  Parameters<typeof erasureRoutes>[0] &
  Parameters<typeof orderRoutes>[0] &
  Parameters<typeof ledgerRoutes>[0] &
  Parameters<typeof relayRoutes>[0] &
  Parameters<typeof identityRoutes>[0] &
  Parameters<typeof presentationRoutes>[0] &
  Parameters<typeof meterImportRoutes>[0] &
  Parameters<typeof deviceRoutes>[0] &
  Parameters<typeof ngsiLdRoutes>[0] &
  Parameters<typeof deviceCommandRoutes>[0] &
  Parameters<typeof governanceRoutes>[0] &
  Parameters<typeof flexibilityRoutes>[0] &
  Parameters<typeof flexOversightRoutes>[0] &
  Parameters<typeof statementRoutes>[0] &
  Parameters<typeof settlementRoutes>[0] &
  Parameters<typeof refusalRoutes>[0] &
  Parameters<typeof streamRoutes>[0] &
  Parameters<typeof signInRoutes>[0] &
  Parameters<typeof passkeyRoutes>[0] &
  Parameters<typeof accountRoutes>[0] &
  Parameters<typeof invitationRoutes>[0] &
  Parameters<typeof joiningRoutes>[0] &
  Parameters<typeof accountCallRoutes>[0] & {
    readonly log: Log
    readonly isDatabaseUnreachable: (error: unknown) => boolean
    /** Folder of the built web app. */
    readonly webFolder: string
    /** Names under which this server may be called; those of its own machine unless told. */
    readonly hosts?: readonly string[]
  }

/** The api and the web app as one Express application. */
export function createApi(deps: ApiDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('json replacer', replaceBigint)

  app.use(requireHost(deps.hosts ?? LOCAL_HOSTS), securityHeaders)
  app.use(['/api', '/health', '/ngsi-ld'], neverStored, refuseNul)
  const { atRoot, underApi } = apiRouters(deps)
  app.use(...atRoot)
  app.use('/api', ...underApi, refuseUnknown)
  app.use(webAppRoutes(deps.webFolder))
  app.use(refuseUnknown)
  app.use(handleProblems(deps.log, deps.isDatabaseUnreachable))
  return app
}

/** Every route that the OpenAPI document describes. */
export function apiRouters(deps: ApiDeps): { atRoot: Router[]; underApi: Router[] } {
  return {
    atRoot: [healthRoutes(deps), ngsiLdRoutes(deps)],
    underApi: [
      neighbourhoodRoutes(deps),
      sessionRoutes(deps),
      householdRoutes(deps),
      traderRoutes(deps),
      exportRoutes(deps),
      erasureRoutes(deps),
      orderRoutes(deps),
      statementRoutes(deps),
      settlementRoutes(deps),
      ledgerRoutes(deps),
      relayRoutes(deps),
      identityRoutes(deps),
      presentationRoutes(deps),
      meterImportRoutes(deps),
      deviceRoutes(deps),
      deviceCommandRoutes(deps),
      governanceRoutes(deps),
      flexibilityRoutes(deps),
      flexOversightRoutes(deps),
      refusalRoutes(deps),
      streamRoutes(deps),
      signInRoutes(deps),
      passkeyRoutes(deps),
      accountRoutes(deps),
      invitationRoutes(deps),
      joiningRoutes(deps),
      accountCallRoutes(deps),
      openApiRoutes(),
    ],
  }
}

export type RunningServer = { readonly port: number; readonly close: () => Promise<void> }

const SLOWEST_REQUEST_MS = 30_000
const KEEP_ALIVE_MS = 65_000
const IDLE_CHECK_MS = 20
const LONGEST_GOODBYE_MS = 5_000

/** Listens on 127.0.0.1 only. Throws `port-taken`; `close` waits for requests being answered, 5 s at most. */
export async function listen(app: Express, port: number): Promise<RunningServer> {
  const server = createServer({ requestTimeout: SLOWEST_REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS }, app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      reject(
        isTaken
          ? new DomainError('port-taken', `port ${port} on 127.0.0.1 is taken: choose another with COMMONWATT_API_PORT`)
          : error,
      )
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => closeServer(server),
  }
}

/** No new connection, then the end of each as soon as nothing is being answered on it, and of all after a while. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
  })
  const ending = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
  const patience = setTimeout(() => server.closeAllConnections(), LONGEST_GOODBYE_MS)
  await closed.finally(() => {
    clearInterval(ending)
    clearTimeout(patience)
  })
}
