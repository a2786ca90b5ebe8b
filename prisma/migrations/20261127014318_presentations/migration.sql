-- CreateTable
CREATE TABLE "presentations" (
    "id" TEXT NOT NULL,
    "verifier" TEXT NOT NULL,
    "audience" TEXT NOT NULL,
    "nonce" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "asked" JSONB NOT NULL,
    "purpose" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "answers" INTEGER NOT NULL DEFAULT 0,
    "refusal" TEXT,
    "refused_at" INTEGER,
    "verified_at" INTEGER,
    "issuer" TEXT,
    "area" BIGINT,
    "disclosed" JSONB,

    CONSTRAINT "presentations_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "presentations_nonce_key" ON "presentations"("nonce");

-- CreateIndex
CREATE INDEX "presentations_verifier_idx" ON "presentations"("verifier");

-- CreateIndex
CREATE INDEX "presentations_expires_at_idx" ON "presentations"("expires_at");
