-- CreateTable
CREATE TABLE "connection_points" (
    "identifier" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "feeder" TEXT NOT NULL,
    "capacity_w" INTEGER NOT NULL,
    "pv_capacity_w" INTEGER NOT NULL,
    "code_hash" TEXT NOT NULL,

    CONSTRAINT "connection_points_pkey" PRIMARY KEY ("identifier")
);

-- CreateTable
CREATE TABLE "stocked_meters" (
    "address" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "code_hash" TEXT NOT NULL,
    "serial_number" TEXT NOT NULL,
    "certificate" TEXT,

    CONSTRAINT "stocked_meters_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "meter_claims" (
    "account" TEXT NOT NULL,
    "meter" TEXT NOT NULL,
    "nonce" TEXT NOT NULL,
    "deadline" BIGINT NOT NULL,
    "signature" TEXT,

    CONSTRAINT "meter_claims_pkey" PRIMARY KEY ("account","meter")
);

-- CreateTable
CREATE TABLE "invitations" (
    "id" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "membership" TEXT NOT NULL,
    "credit_line_micro_euro" BIGINT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "withdrawn_at" INTEGER,
    "account" TEXT,
    "used_at" INTEGER,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "joinings" (
    "account" TEXT NOT NULL,
    "invitation_id" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "membership" TEXT NOT NULL,
    "credit_line_micro_euro" BIGINT NOT NULL,
    "started_at" INTEGER NOT NULL,
    "connection_point" TEXT,
    "meter" TEXT,
    "trading_key" TEXT,
    "buy_up_to_micro_euro_per_kwh" INTEGER,
    "sell_from_micro_euro_per_kwh" INTEGER,
    "quantity_wh" INTEGER,
    "trades_until" BIGINT,
    "credentials_taken_at" INTEGER,

    CONSTRAINT "joinings_pkey" PRIMARY KEY ("account")
);

-- CreateTable
CREATE TABLE "wrong_codes" (
    "id" BIGSERIAL NOT NULL,
    "subject" TEXT NOT NULL,
    "at" INTEGER NOT NULL,

    CONSTRAINT "wrong_codes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_keys" (
    "account" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "key" TEXT NOT NULL,

    CONSTRAINT "agent_keys_pkey" PRIMARY KEY ("account","generation")
);

-- CreateTable
CREATE TABLE "registrations" (
    "account" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "connection_point_salt" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "reason_code" TEXT,
    "reason" TEXT,
    "registering_at" INTEGER,
    "member_id" INTEGER,

    CONSTRAINT "registrations_pkey" PRIMARY KEY ("account")
);

-- CreateTable
CREATE TABLE "issued_credentials" (
    "account" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "credential_id" TEXT NOT NULL,
    "issuance" JSONB NOT NULL,
    "jwt" TEXT,
    "sd_jwt" TEXT,
    "is_recorded" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "issued_credentials_pkey" PRIMARY KEY ("account","role")
);

-- CreateTable
CREATE TABLE "registrar_transactions" (
    "sender" TEXT NOT NULL,
    "nonce" INTEGER NOT NULL,
    "purpose" TEXT NOT NULL,
    "raw_transaction" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'signed',
    "block_number" INTEGER,

    CONSTRAINT "registrar_transactions_pkey" PRIMARY KEY ("sender","nonce")
);

-- CreateIndex
CREATE UNIQUE INDEX "stocked_meters_code_hash_key" ON "stocked_meters"("code_hash");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_code_hash_key" ON "invitations"("code_hash");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_account_key" ON "invitations"("account");

-- CreateIndex
CREATE INDEX "invitations_area_name_idx" ON "invitations"("area", "name");

-- CreateIndex
CREATE UNIQUE INDEX "joinings_invitation_id_key" ON "joinings"("invitation_id");

-- CreateIndex
CREATE UNIQUE INDEX "joinings_connection_point_key" ON "joinings"("connection_point");

-- CreateIndex
CREATE UNIQUE INDEX "joinings_meter_key" ON "joinings"("meter");

-- CreateIndex
CREATE UNIQUE INDEX "joinings_trading_key_key" ON "joinings"("trading_key");

-- CreateIndex
CREATE UNIQUE INDEX "joinings_area_name_key" ON "joinings"("area", "name");

-- CreateIndex
CREATE INDEX "wrong_codes_subject_at_idx" ON "wrong_codes"("subject", "at");

-- CreateIndex
CREATE UNIQUE INDEX "agent_keys_key_key" ON "agent_keys"("key");

-- CreateIndex
CREATE UNIQUE INDEX "registrations_member_id_key" ON "registrations"("member_id");

-- CreateIndex
CREATE UNIQUE INDEX "issued_credentials_credential_id_key" ON "issued_credentials"("credential_id");

-- CreateIndex
CREATE UNIQUE INDEX "registrar_transactions_purpose_key" ON "registrar_transactions"("purpose");

-- CreateIndex
CREATE UNIQUE INDEX "registrar_transactions_hash_key" ON "registrar_transactions"("hash");
