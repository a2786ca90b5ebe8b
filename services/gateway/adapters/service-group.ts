/** Says in topics and paths whose devices these are, where IoT agents have an api key: a routing tag, and no secret. */
export const SERVICE_GROUP = 'commonwatt'
