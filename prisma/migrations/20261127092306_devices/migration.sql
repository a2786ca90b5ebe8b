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
