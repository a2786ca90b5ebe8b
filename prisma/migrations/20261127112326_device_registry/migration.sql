-- AlterTable
ALTER TABLE "devices" ADD COLUMN     "owned_since" INTEGER;

-- AlterTable
ALTER TABLE "refused_messages" ADD COLUMN     "device" TEXT,
ADD COLUMN     "format" TEXT,
ADD COLUMN     "is_whole" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "protocol" TEXT,
ALTER COLUMN "payload" TYPE BYTEA USING convert_to("payload", 'UTF8');

-- Of what was kept before, the first 1,024 bytes are there.
UPDATE "refused_messages" SET "is_whole" = octet_length("payload") < 1024;

-- CreateTable
CREATE TABLE "refusal_replay_outcomes" (
    "replay_id" BIGINT NOT NULL,
    "status" TEXT NOT NULL,
    "code" TEXT,
    "reason" TEXT,
    "decided_at" INTEGER NOT NULL,

    CONSTRAINT "refusal_replay_outcomes_pkey" PRIMARY KEY ("replay_id")
);

-- CreateTable
CREATE TABLE "device_health" (
    "device" TEXT NOT NULL,
    "gateway" TEXT NOT NULL,
    "known_since" INTEGER NOT NULL,
    "last_seen_at" INTEGER,
    "received" BIGINT NOT NULL DEFAULT 0,
    "late" BIGINT NOT NULL DEFAULT 0,
    "refused" BIGINT NOT NULL DEFAULT 0,
    "lost" BIGINT NOT NULL DEFAULT 0,
    "last_sequence" BIGINT,
    "clock_offset_ms" INTEGER,
    "firmware" TEXT,

    CONSTRAINT "device_health_pkey" PRIMARY KEY ("device")
);

-- CreateTable
CREATE TABLE "device_deliveries" (
    "device" TEXT NOT NULL,
    "day" INTEGER NOT NULL,
    "gateway" TEXT NOT NULL,
    "expected" INTEGER NOT NULL,
    "delivered" BIT(96) NOT NULL,

    CONSTRAINT "device_deliveries_pkey" PRIMARY KEY ("device","day")
);

-- CreateTable
CREATE TABLE "refusal_replays" (
    "id" BIGSERIAL NOT NULL,
    "refusal_id" BIGINT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "requested_at" INTEGER NOT NULL,

    CONSTRAINT "refusal_replays_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "device_deliveries_day_idx" ON "device_deliveries"("day");

-- CreateIndex
CREATE INDEX "refusal_replays_refusal_id_idx" ON "refusal_replays"("refusal_id");

-- CreateIndex
CREATE INDEX "refused_messages_device_idx" ON "refused_messages"("device");

-- CreateIndex
CREATE INDEX "refused_messages_code_idx" ON "refused_messages"("code");

-- AddForeignKey
ALTER TABLE "refusal_replay_outcomes" ADD CONSTRAINT "refusal_replay_outcomes_replay_id_fkey" FOREIGN KEY ("replay_id") REFERENCES "refusal_replays"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refusal_replays" ADD CONSTRAINT "refusal_replays_refusal_id_fkey" FOREIGN KEY ("refusal_id") REFERENCES "refused_messages"("id") ON DELETE CASCADE ON UPDATE CASCADE;
