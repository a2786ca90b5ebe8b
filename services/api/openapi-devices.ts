import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi'
import { getOf, problemContent, withAccess, writeOf } from './openapi-operations.ts'
import { deliveryQuery, deviceHealth, gatewayList } from './schemas/device-health.ts'
import {
  device,
  deviceClaim,
  devicePage,
  devicePath,
  deviceQuery,
  deviceWay,
  meterExchange,
  newDevices,
  registeredDevices,
} from './schemas/devices.ts'
import { entity, entityList, entityPath, entityQuery, oneEntityQuery } from './schemas/ngsi-ld.ts'
import { refusalPage, refusalPath, refusalQuery, refusalReplay, refusalReplayList } from './schemas/refusals.ts'

const FOR_DEVICE_OPERATORS =
  'For whoever holds the credential of a metering operator or the platform operator of the area, and its api keys with the ' +
  'scope `run:devices`.'
const SHOWN =
  "A household's devices are shown to whoever may see its membership, those of everybody and of nobody to whoever sees every " +
  'membership by a role, and to the platform operator without whose they are. Api keys need the scope `read:devices`.'
const ENTITIES_SHOWN =
  'Entities of the Smart Data Models, to read. Devices are shown as /api/devices shows them; what they measured to whoever may ' +
  'see the quarter-hours of their household.'
const callers = { security: [{ cookie: [] }, { apiKey: [] }] }

type EntityGet = Pick<Parameters<typeof getOf>[0], 'path' | 'query' | 'answer'>

/** An answer in either kind of JSON; the other has its context within. */
function entityGet(id: string, summary: string, of: EntityGet): ZodOpenApiOperationObject {
  const operation = getOf({ id, summary, ...of })
  const content = { 'application/json': { schema: of.answer }, 'application/ld+json': { schema: of.answer } }
  return {
    ...operation,
    responses: {
      ...operation.responses,
      200: { description: 'Found.', content },
      406: { description: 'format-not-acceptable.', content: problemContent },
      429: { description: 'too-many-requests.', content: problemContent },
    },
  }
}

/** The register of devices, and what they sent in vain. */
export const devicePaths: ZodOpenApiPathsObject = {
  '/api/refusals': {
    get: withAccess(
      getOf({
        id: 'listRefusals',
        summary: 'Refused meter messages, newest first.',
        query: refusalQuery,
        answer: refusalPage,
      }),
      'Shown to the market operator, the metering operator, the community manager and the auditor.',
    ),
  },
  '/api/refusals/{id}/replays': {
    get: withAccess(
      getOf({
        id: 'listReplays',
        summary: 'How often a refused message was decided on anew, and how; newest first.',
        path: refusalPath,
        answer: refusalReplayList,
      }),
      'Shown to whom refused messages are.',
    ),
    post: {
      ...writeOf({
        id: 'replayRefusal',
        summary: 'Have the gateway decide on a refused message anew, as when it came.',
        description:
          'Where it waits for that already, the same again. At most ten times for one message, and 1,000 wait at once. ' +
          FOR_DEVICE_OPERATORS,
        path: refusalPath,
        answer: { status: '202', schema: refusalReplay },
        refused: 'role-missing, api-key-scope-missing, foreign-page.',
        conflict: 'refusal-not-replayable.',
      }),
      ...callers,
    },
  },
  '/api/devices': {
    get: withAccess(
      getOf({ id: 'listDevices', summary: 'Devices, by address.', query: deviceQuery, answer: devicePage }),
      SHOWN,
    ),
    post: {
      ...writeOf({
        id: 'registerDevices',
        summary: 'Register devices that are not meters.',
        description:
          'At most 500 at once: all of them or, where one has a fault, none. The same again is without effect; of a device ' +
          `that nobody has what is said last counts. ${FOR_DEVICE_OPERATORS}`,
        body: newDevices,
        answer: { status: '200', schema: registeredDevices },
        refused: 'role-missing, api-key-scope-missing, foreign-page.',
      }),
      ...callers,
    },
  },
  '/api/devices/claims': {
    post: writeOf({
      id: 'claimDevice',
      summary: 'Claim a device by the code that is printed on it.',
      description:
        'For a person who is signed in and has a household; again without effect. What was measured before is not shown. ' +
        'Five codes may be wrong within an hour.',
      body: deviceClaim,
      answer: { status: '201', schema: device },
      refused: 'device-code-wrong, household-not-yours, sign-in-needed, foreign-page.',
      conflict: 'device-taken.',
    }),
  },
  '/api/devices/{address}': {
    get: withAccess(getOf({ id: 'getDevice', summary: 'One device.', path: devicePath, answer: device }), SHOWN),
  },
  '/api/devices/{address}/way': {
    put: {
      ...writeOf({
        id: 'setDeviceWay',
        summary: 'Say how a device is reached, and whether it signs its readings.',
        description: `Of a meter only a metering operator says so. Again without effect. ${FOR_DEVICE_OPERATORS}`,
        path: devicePath,
        body: deviceWay,
        refused: 'role-missing, api-key-scope-missing, foreign-page.',
        conflict: 'device-endpoint-taken.',
      }),
      ...callers,
    },
  },
  '/api/devices/{address}/exchanges': {
    post: {
      ...writeOf({
        id: 'declareExchange',
        summary: 'Say that a meter that cannot sign was put in the place of another, whose counters stood elsewhere.',
        description:
          'What flowed between is what the old one counted up to its end, and the new one from its beginning. For whoever ' +
          'holds the credential of a metering operator of the area. Again without effect.',
        path: devicePath,
        body: meterExchange,
        refused: 'role-missing, api-key-scope-missing, foreign-page.',
        conflict: 'device-not-a-meter, meter-signs, exchange-conflict.',
      }),
      ...callers,
    },
  },
  '/ngsi-ld/v1/entities': {
    get: withAccess(
      entityGet('listEntities', 'Devices and what they measured last, as NGSI-LD has them.', {
        query: entityQuery,
        answer: entityList,
      }),
      ENTITIES_SHOWN,
    ),
  },
  '/ngsi-ld/v1/entities/{id}': {
    get: withAccess(
      entityGet('getEntity', 'One entity of NGSI-LD.', { path: entityPath, query: oneEntityQuery, answer: entity }),
      ENTITIES_SHOWN,
    ),
  },
  '/api/devices/{address}/health': {
    get: withAccess(
      getOf({
        id: 'getDeviceHealth',
        summary: 'How a device does, and how reliably it delivers.',
        path: devicePath,
        query: deliveryQuery,
        answer: deviceHealth,
      }),
      'For whoever may see the quarter-hours of its household, and those who run devices.',
    ),
  },
  '/api/gateways': {
    get: withAccess(
      getOf({
        id: 'listGateways',
        summary: 'How the devices of each gateway do, and how reliably they deliver, by what they are for.',
        query: deliveryQuery,
        answer: gatewayList,
      }),
      'For whoever sees the quarter-hours of every household by a role, and those who run devices: else role-missing.',
    ),
  },
  '/api/devices/{address}/claim': {
    delete: {
      ...writeOf({
        id: 'releaseDevice',
        summary: 'Give up a device, so that somebody else can claim it.',
        description: 'For the person whose household has it. What was known of it goes.',
        path: devicePath,
        conflict: 'device-is-meter.',
      }),
      security: [{ cookie: [] }],
    },
  },
}
