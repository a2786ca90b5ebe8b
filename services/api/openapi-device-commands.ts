import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { getOf, problemContent, writeOf } from './openapi-operations.ts'
import {
  deviceCommand,
  deviceCommandPage,
  deviceCommandPath,
  deviceCommandQuery,
  deviceCommandRequest,
  deviceLimits,
  devicePath,
} from './schemas/device-commands.ts'

const FOR_OWNERS = "For the device's owner, and its api keys with the scope `command:devices`."
const callers = { security: [{ cookie: [] }, { apiKey: [] }] }
const strangers = {
  401: { description: 'not-signed-in, api-key-invalid.', content: problemContent },
  403: { description: 'device-not-yours, api-key-scope-missing.', content: problemContent },
}
const refused = 'device-not-yours, api-key-scope-missing, foreign-page.'

/** Commands to devices, and what their owners let be done. */
export const deviceCommandPaths: ZodOpenApiPathsObject = {
  '/api/devices/{address}/commands': {
    post: {
      operationId: 'tellDevice',
      summary: 'Tell a device what to do.',
      description:
        'It is checked against the limits of the owner, now and again when it is sent, and takes the place of what the ' +
        'device was told before and has not answered. It is sent until the device answers or it expires; a refusal of the ' +
        `device is an answer. Only with the header \`X-Commonwatt: 1\`, unless an agent or an aggregator signed it. ${FOR_OWNERS}`,
      security: [{ cookie: [] }, { apiKey: [] }, {}],
      requestParams: { path: devicePath },
      requestBody: { required: true, content: { 'application/json': { schema: deviceCommandRequest } } },
      responses: {
        202: {
          description: 'Taken. `Location` is where it is seen what became of it.',
          headers: { Location: { schema: { type: 'string' }, description: 'Address of the command.' } },
          content: { 'application/json': { schema: deviceCommand } },
        },
        400: { description: 'request-malformed, command-malformed, body-not-json.', content: problemContent },
        401: strangers[401],
        403: {
          description:
            'device-not-yours, command-source-not-allowed, command-signature-invalid, member-not-in-portfolio, api-key-scope-missing, foreign-page.',
          content: problemContent,
        },
        409: {
          description: 'device-paused, command-conflict, flex-order-not-binding, owner-comes-first.',
          content: problemContent,
        },
        413: { description: 'body-too-large.', content: problemContent },
        415: { description: 'body-type-unsupported.', content: problemContent },
        422: {
          description: 'command-beyond-limits, command-unsupported, command-expiry-invalid.',
          content: problemContent,
        },
        429: { description: 'too-many-requests.', content: problemContent },
        default: { description: 'Something is not well.', content: problemContent },
      },
    },
    get: readBy(
      getOf({
        id: 'listDeviceCommands',
        summary: 'What your device was told, the latest first.',
        description: FOR_OWNERS,
        path: devicePath,
        query: deviceCommandQuery,
        answer: deviceCommandPage,
      }),
    ),
  },
  '/api/devices/{address}/commands/{id}': {
    get: readBy(
      getOf({
        id: 'getDeviceCommand',
        summary: 'What became of a command.',
        description: FOR_OWNERS,
        path: deviceCommandPath,
        answer: deviceCommand,
      }),
    ),
    delete: {
      ...writeOf({
        id: 'cancelDeviceCommand',
        summary: 'Have a command sent no more.',
        description: `Without effect on one that has ended. What the device may have heard already it keeps. ${FOR_OWNERS}`,
        path: deviceCommandPath,
        answer: { status: '202', schema: deviceCommand },
        refused,
      }),
      ...callers,
    },
  },
  '/api/devices/{address}/limits': {
    get: readBy(
      getOf({
        id: 'getDeviceLimits',
        summary: 'What you let be done with your device.',
        description: `Until you set them: all that the device is rated for, for the owner alone. ${FOR_OWNERS}`,
        path: devicePath,
        answer: deviceLimits,
      }),
    ),
    put: {
      ...writeOf({
        id: 'setDeviceLimits',
        summary: 'Say what may be done with your device.',
        description:
          'What is under way is checked by them before it is sent again; what an aggregator had the device hold it is ' +
          `told to hold no more, where the limits name aggregators no longer and the device can be told. ${FOR_OWNERS}`,
        path: devicePath,
        body: deviceLimits,
        answer: { status: '200', schema: deviceLimits },
        refused,
      }),
      ...callers,
    },
  },
}

function readBy(operation: ReturnType<typeof getOf>): ReturnType<typeof getOf> {
  return { ...operation, ...callers, responses: { ...operation.responses, ...strangers } }
}
