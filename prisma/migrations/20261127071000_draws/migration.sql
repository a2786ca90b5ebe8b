-- AlterTable
ALTER TABLE "trader_links" ADD COLUMN     "draw" INTEGER;

-- CreateTable
CREATE TABLE "page_draws" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "draws" INTEGER NOT NULL,

    CONSTRAINT "page_draws_pkey" PRIMARY KEY ("area","day")
);

-- Whatever was drawn until now is taken for a day's first draw: whoever draws that day again uses another.
UPDATE "trader_links" SET "draw" = 0;
INSERT INTO "page_draws" ("area", "day", "draws") SELECT DISTINCT "area", "day", 1 FROM "trader_links";

ALTER TABLE "trader_links" ALTER COLUMN "draw" SET NOT NULL;
