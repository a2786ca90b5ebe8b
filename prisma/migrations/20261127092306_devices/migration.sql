-- AlterTable
ALTER TABLE "meter_readings" ADD COLUMN     "signed_by" TEXT NOT NULL DEFAULT 'meter';

-- CreateTable
CREATE TABLE "devices" (
    "address" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "member_id" INTEGER,
    "protocol" TEXT NOT NULL,
    "endpoint" TEXT,
    "is_signing" BOOLEAN NOT NULL,
    "maker" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "serial_number" TEXT NOT NULL,
    "feeder" TEXT NOT NULL,
    "rated_power_w" INTEGER NOT NULL,
    "capabilities" TEXT[],
    "claim_code_hash" TEXT,

    CONSTRAINT "devices_pkey" PRIMARY KEY ("address")
);

-- CreateIndex
CREATE UNIQUE INDEX "devices_endpoint_key" ON "devices"("endpoint");

-- CreateIndex
CREATE UNIQUE INDEX "devices_claim_code_hash_key" ON "devices"("claim_code_hash");

-- CreateIndex
CREATE INDEX "devices_member_id_idx" ON "devices"("member_id");

-- The meters of the households that are there: they sign their readings themselves.
INSERT INTO "devices" ("address", "kind", "area", "member_id", "protocol", "is_signing", "maker", "model", "serial_number", "feeder", "rated_power_w", "capabilities")
SELECT lower(h."meter_key"), 'meter', h."area", h."member_id", 'mqtt', true, '', '', '', coalesce(c."feeder", ''), h."connection_capacity_w", '{}'
FROM "households" h LEFT JOIN "connection_points" c ON c."identifier" = h."connection_point";
