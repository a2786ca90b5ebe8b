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

-- CreateIndex
CREATE UNIQUE INDEX "device_commands_id_key" ON "device_commands"("id");

-- CreateIndex
CREATE INDEX "device_commands_device_number_idx" ON "device_commands"("device", "number");

-- CreateIndex
CREATE INDEX "device_commands_expires_at_idx" ON "device_commands"("expires_at");

-- CreateIndex
CREATE INDEX "command_events_command_id_idx" ON "command_events"("command_id");
