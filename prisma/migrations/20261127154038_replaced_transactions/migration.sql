-- AlterTable
ALTER TABLE "gateway_transactions" ADD COLUMN     "earlier_hashes" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "registrar_transactions" ADD COLUMN     "earlier_hashes" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "operator_transactions" ADD COLUMN     "earlier_hashes" TEXT[] DEFAULT ARRAY[]::TEXT[];
