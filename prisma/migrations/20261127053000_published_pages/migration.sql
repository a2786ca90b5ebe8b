-- AlterTable
ALTER TABLE "trading_days" ADD COLUMN     "pages" INTEGER;

-- Of sealed days, whose links are on published pages but for the last that was drawn. Nobody asks for those of an open day.
UPDATE "trading_days" d
SET "pages" = COALESCE((SELECT max("page") + 1 FROM "trader_links" l WHERE l."area" = d."area" AND l."day" = d."day"), 1);

ALTER TABLE "trading_days" ALTER COLUMN "pages" SET NOT NULL;
