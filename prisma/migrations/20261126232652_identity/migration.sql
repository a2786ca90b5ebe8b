-- AlterTable
ALTER TABLE "members" ADD COLUMN     "may_bid" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "may_offer" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "trades_until" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "closed_by_member" INTEGER,
ADD COLUMN     "is_paused" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "erased_readings" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "import_wh" BIGINT NOT NULL,
    "export_wh" BIGINT NOT NULL,

    CONSTRAINT "erased_readings_pkey" PRIMARY KEY ("area","period","version","position")
);

-- CreateTable
CREATE TABLE "erasures" (
    "member_id" INTEGER NOT NULL,
    "requested_at" INTEGER NOT NULL,

    CONSTRAINT "erasures_pkey" PRIMARY KEY ("member_id")
);

-- CreateTable
CREATE TABLE "erased_day_statements" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "run" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "paid_micro_euro" BIGINT NOT NULL,
    "received_micro_euro" BIGINT NOT NULL,

    CONSTRAINT "erased_day_statements_pkey" PRIMARY KEY ("area","day","run","position")
);

-- CreateTable
CREATE TABLE "revoked_keys" (
    "member_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "revoked_at" INTEGER NOT NULL,
    "revoked_transaction" TEXT NOT NULL,

    CONSTRAINT "revoked_keys_pkey" PRIMARY KEY ("member_id","key")
);

-- CreateTable
CREATE TABLE "credentials" (
    "id" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "area" BIGINT NOT NULL,
    "connection_point" TEXT,
    "digest" TEXT NOT NULL,
    "valid_from" BIGINT NOT NULL,
    "valid_until" BIGINT NOT NULL,
    "status" TEXT NOT NULL,
    "issued_block" INTEGER NOT NULL,
    "issued_log_index" INTEGER NOT NULL,
    "issued_transaction" TEXT NOT NULL,
    "changed_block" INTEGER NOT NULL,
    "changed_transaction" TEXT NOT NULL,
    "changed_by" TEXT NOT NULL,

    CONSTRAINT "credentials_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "accreditations" (
    "issuer" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "area" BIGINT NOT NULL,
    "status" TEXT NOT NULL,
    "changed_block" INTEGER NOT NULL,
    "changed_transaction" TEXT NOT NULL,

    CONSTRAINT "accreditations_pkey" PRIMARY KEY ("issuer","role","area")
);

-- CreateTable
CREATE TABLE "did_owners" (
    "identity" TEXT NOT NULL,
    "owner" TEXT,
    "changed_block" INTEGER NOT NULL,
    "changed_transaction" TEXT NOT NULL,

    CONSTRAINT "did_owners_pkey" PRIMARY KEY ("identity")
);

-- CreateTable
CREATE TABLE "trading_pauses" (
    "block_number" INTEGER NOT NULL,
    "log_index" INTEGER NOT NULL,
    "area" INTEGER NOT NULL,
    "act" TEXT NOT NULL,
    "effective_at" BIGINT NOT NULL,
    "until" BIGINT,
    "reason_hash" TEXT NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "trading_pauses_pkey" PRIMARY KEY ("block_number","log_index")
);

-- CreateIndex
CREATE INDEX "credentials_subject_idx" ON "credentials"("subject");

-- CreateIndex
CREATE UNIQUE INDEX "credentials_issued_block_issued_log_index_key" ON "credentials"("issued_block", "issued_log_index");

-- CreateIndex
CREATE INDEX "did_owners_owner_idx" ON "did_owners"("owner");
