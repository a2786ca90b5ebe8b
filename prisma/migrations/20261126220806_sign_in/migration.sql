-- CreateTable
CREATE TABLE "sign_in_challenges" (
    "hash" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "account" TEXT,
    "client" TEXT NOT NULL,
    "expires_at" INTEGER NOT NULL,

    CONSTRAINT "sign_in_challenges_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "sign_ins" (
    "id" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "way" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "last_used_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,

    CONSTRAINT "sign_ins_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passkeys" (
    "credential_id" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "counter" BIGINT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "last_used_at" INTEGER NOT NULL,

    CONSTRAINT "passkeys_pkey" PRIMARY KEY ("credential_id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT[],
    "prefix" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "previous_hash" TEXT,
    "previous_until" INTEGER,
    "created_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "last_used_at" INTEGER,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consents" (
    "id" TEXT NOT NULL,
    "member_id" INTEGER NOT NULL,
    "given_by" TEXT NOT NULL,
    "reader" TEXT NOT NULL,
    "parts" TEXT[],
    "since" INTEGER NOT NULL,
    "until" INTEGER,
    "revoked_at" INTEGER,

    CONSTRAINT "consents_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "sign_in_challenges_client_idx" ON "sign_in_challenges"("client");

-- CreateIndex
CREATE UNIQUE INDEX "sign_ins_token_hash_key" ON "sign_ins"("token_hash");

-- CreateIndex
CREATE INDEX "sign_ins_account_idx" ON "sign_ins"("account");

-- CreateIndex
CREATE INDEX "passkeys_account_idx" ON "passkeys"("account");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_key_hash_key" ON "api_keys"("key_hash");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_previous_hash_key" ON "api_keys"("previous_hash");

-- CreateIndex
CREATE INDEX "api_keys_account_idx" ON "api_keys"("account");

-- CreateIndex
CREATE INDEX "consents_member_id_idx" ON "consents"("member_id");

-- CreateIndex
CREATE INDEX "consents_reader_idx" ON "consents"("reader");
