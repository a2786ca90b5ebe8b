-- AlterTable
ALTER TABLE "meter_readings" ADD COLUMN     "export_counter_wh" BIGINT,
ADD COLUMN     "import_counter_wh" BIGINT;

-- CreateTable
CREATE TABLE "device_limits" (
    "device" TEXT NOT NULL,
    "member_id" INTEGER NOT NULL,
    "most_charge_w" INTEGER NOT NULL,
    "most_discharge_w" INTEGER NOT NULL,
    "least_state_of_charge" INTEGER NOT NULL,
    "most_state_of_charge" INTEGER NOT NULL,
    "sources" TEXT[],
    "is_paused" BOOLEAN NOT NULL,

    CONSTRAINT "device_limits_pkey" PRIMARY KEY ("device")
);

-- CreateTable
CREATE TABLE "device_commands" (
    "number" BIGSERIAL NOT NULL,
    "id" TEXT NOT NULL,
    "device" TEXT NOT NULL,
    "member_id" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "signature" TEXT,
    "expires_at" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "cancelled_at" INTEGER,

    CONSTRAINT "device_commands_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "command_events" (
    "device" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "command_id" TEXT NOT NULL,
    "happening" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "detail" TEXT NOT NULL,
    "previous" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "signer" TEXT NOT NULL,
    "signature" TEXT NOT NULL,

    CONSTRAINT "command_events_pkey" PRIMARY KEY ("device","position")
);

-- CreateTable
CREATE TABLE "device_measurements" (
    "device" TEXT NOT NULL,
    "quantity" TEXT NOT NULL,
    "period" INTEGER NOT NULL,
    "value" BIGINT NOT NULL,
    "measured_at_ms" BIGINT NOT NULL,
    "quality" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,

    CONSTRAINT "device_measurements_pkey" PRIMARY KEY ("device","quantity","period")
);

-- CreateTable
CREATE TABLE "meter_exchanges" (
    "device" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "final_import_wh" BIGINT NOT NULL,
    "final_export_wh" BIGINT NOT NULL,
    "first_import_wh" BIGINT NOT NULL,
    "first_export_wh" BIGINT NOT NULL,
    "declared_by" TEXT NOT NULL,

    CONSTRAINT "meter_exchanges_pkey" PRIMARY KEY ("device","at")
);

-- CreateIndex
CREATE UNIQUE INDEX "device_commands_id_key" ON "device_commands"("id");

-- CreateIndex
CREATE INDEX "device_commands_device_number_idx" ON "device_commands"("device", "number");

-- CreateIndex
CREATE INDEX "device_commands_expires_at_idx" ON "device_commands"("expires_at");

-- CreateIndex
CREATE INDEX "command_events_command_id_idx" ON "command_events"("command_id");

-- CreateIndex
CREATE INDEX "device_measurements_period_idx" ON "device_measurements"("period");
