import type { ApiDeps } from './server.ts'

/** Dependencies of which none answers, for tests to replace those that they need. */
export function fakeDeps(deps: Partial<ApiDeps> = {}): ApiDeps {
  const unused = () => Promise.reject(new Error('not expected to be called'))
  const silent = () => undefined
  return {
    checkHealth: unused,
    readNeighbourhood: unused,
    listSessions: unused,
    readSession: unused,
    listHouseholds: unused,
    readHousehold: unused,
    listHouseholdPeriods: unused,
    readHouseholdSummary: unused,
    listHouseholdOrders: unused,
    placeOrders: unused,
    readOrder: unused,
    requireWelcome: silent,
    ledgerIdentity: {
      chainId: 31_337,
      contracts: {},
      signing: {
        name: 'Commonwatt',
        version: '1',
        order: 'Order()',
        meterReading: 'MeterReading()',
        receipt: 'OrderReceipt()',
        receiptSigner: `0x${'00'.repeat(20)}`,
        packedOrder: [],
      },
    },
    listBlocks: unused,
    readBlock: unused,
    readTransaction: unused,
    listEvents: unused,
    readTrace: unused,
    listRefusals: unused,
    readLeftOutProof: unused,
    listStatements: unused,
    readStatement: unused,
    readChallengeEvidence: unused,
    readPeriodChallengeEvidence: unused,
    readConsentData: unused,
    listSettlementRuns: unused,
    listChallenges: unused,
    relayTransaction: unused,
    readCredential: unused,
    readIdentity: unused,
    requireRelayWelcome: silent,
    stream: { connect: silent },
    log: { info: silent, warn: silent, error: silent, debug: silent },
    isDatabaseUnreachable: () => false,
    webFolder: '/nonexistent',
    ...deps,
  }
}
