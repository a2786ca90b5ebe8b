-- DropIndex
DROP INDEX "orders_area_period_member_id_side_idx";

-- DropIndex
DROP INDEX "fills_member_id_period_idx";

-- AlterTable
ALTER TABLE "orders" RENAME COLUMN "member_id" TO "trader";

-- AlterTable
ALTER TABLE "trading_days" ADD COLUMN     "is_sealed" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "fills" RENAME COLUMN "member_id" TO "trader";

-- CreateTable
CREATE TABLE "key_chains" (
    "address" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "chain_code" TEXT NOT NULL,

    CONSTRAINT "key_chains_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "trader_links" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "page" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "trader" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "registered_key" TEXT NOT NULL,
    "delegated_key" TEXT NOT NULL,
    "registered_delegate" TEXT NOT NULL,
    "salt" TEXT NOT NULL,
    "leaf" TEXT NOT NULL,

    CONSTRAINT "trader_links_pkey" PRIMARY KEY ("area","day","trader")
);

-- CreateTable
CREATE TABLE "erased_trader_links" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "page" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "leaf" TEXT NOT NULL,

    CONSTRAINT "erased_trader_links_pkey" PRIMARY KEY ("area","day","page","position")
);

-- CreateIndex
CREATE INDEX "trader_links_area_day_page_idx" ON "trader_links"("area", "day", "page");

-- CreateIndex
CREATE UNIQUE INDEX "trader_links_member_id_day_key" ON "trader_links"("member_id", "day");

-- CreateIndex
CREATE INDEX "orders_area_period_trader_side_idx" ON "orders"("area", "period", "trader", "side");

-- CreateIndex
CREATE INDEX "orders_trader_period_idx" ON "orders"("trader", "period");

-- CreateIndex
CREATE INDEX "fills_trader_period_idx" ON "fills"("trader", "period");
