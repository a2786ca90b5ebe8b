// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FlexCalls} from "../../../contracts/flexibility/FlexCalls.sol";
import {FlexLeaves} from "../../../contracts/flexibility/FlexLeaves.sol";
import {FlexLines} from "../../../contracts/flexibility/FlexLines.sol";
import {IFlexChallenges} from "../../../contracts/flexibility/IFlexChallenges.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {DeliveryPeriod, FlexOrderId, MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

// Given the cases of the vectors, which the domain draws
//   each leaf is the one of the tree at its position, and its sums, what is before it and what is missing are its own
//   what is delivered, paid and fined of each order is the vectors', and so is each asset's part and the aggregator's
//   each correction and compensation is the vectors'
contract FlexLeavesTest {
    string private _vectors;

    /// @dev What the assets before one come to.
    struct Before {
        uint256 along;
        uint256 missing;
        uint256 delivered;
        uint256 revenue;
        uint256 penalty;
    }

    function setUp() public {
        _vectors = vm.readFile("test/vectors/flex-leaves.json");
    }

    function test_vectors_leavesAreRecomputed() public view {
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(".cases", count))) {
            _requireCase(_item(".cases", count++));
        }
        vm.assertTrue(count > 20, "there are vectors");
    }

    function test_vectors_correctionsAreRecomputed() public view {
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(".corrections", count))) {
            string memory path = _item(".corrections", count++);
            int256 delivered = _int(path, ".deliveredWh");
            FlexLines.Rates memory rates = FlexLines.Rates(_int(path, ".retail"), _int(path, ".feedIn"));
            vm.assertEq(
                FlexLines.correctionOf(delivered, _int(path, ".meteredWh"), _int(path, ".tradedWh"), rates),
                _int(path, ".correction"),
                path
            );
            vm.assertEq(
                FlexLines.compensationOf(delivered < 0 ? uint256(-delivered) : uint256(delivered), rates),
                _int(path, ".compensation"),
                path
            );
        }
        vm.assertTrue(count > 10, "there are vectors");
    }

    function isAssetOf(
        IFlexChallenges.AssetProof calldata proof,
        FlexCalls.Delivery memory delivery
    ) external pure returns (bool isAsset, uint256 before, bool addsUp) {
        isAsset = FlexLeaves.isAssetOf(proof, delivery);
        (before, addsUp) = FlexLeaves.sumsOn(proof, delivery);
    }

    function movementOf(
        IFlexChallenges.Asset calldata leaf,
        bool isConsumeMore
    ) external pure returns (uint256 along, uint256 against, uint256 missing) {
        IFlexProducts.Direction direction =
            isConsumeMore ? IFlexProducts.Direction.ConsumeMore : IFlexProducts.Direction.ConsumeLess;
        (along, against) = FlexLeaves.movementOf(leaf, direction);
        missing = FlexLeaves.missingOf(leaf, direction);
    }

    function _requireCase(string memory path) private view {
        IFlexSettlement.Settled memory settled = _settledOf(path);
        FlexCalls.Delivery memory delivery = _deliveryOf(path);
        uint256 missing = 0;
        for (uint256 i = 0; i < delivery.assetCount; ++i) {
            (, , uint256 own) = this.movementOf(_leafOf(_assetAt(path, i)), _isMore(path));
            missing += own;
        }
        uint256 fee = FlexLines.feeOf(settled.payment, _uint(path, ".feePermille"));
        Before memory before;
        for (uint256 i = 0; i < delivery.assetCount; ++i) {
            _requireLeaf(path, i, delivery, before);
            _requireParts(path, i, settled, before, missing);
        }
        vm.assertEq(before.delivered, settled.delivered, path);
        vm.assertEq(before.revenue + _uint(path, ".fee"), settled.payment, path);
        vm.assertEq(before.penalty + _uint(path, ".ownPenalty"), settled.penalty, path);
        vm.assertEq(_uint(path, ".fee"), settled.delivered == 0 ? settled.payment : fee, path);
    }

    function _requireLeaf(
        string memory path,
        uint256 i,
        FlexCalls.Delivery memory delivery,
        Before memory before
    ) private view {
        string memory asset = _assetAt(path, i);
        IFlexChallenges.AssetProof memory proof = _proofOf(asset, i);
        (bool isAsset, uint256 along, bool addsUp) = this.isAssetOf(proof, delivery);
        vm.assertTrue(isAsset && addsUp, asset);
        vm.assertEq(along, before.along, asset);
        vm.assertEq(uint256(proof.leaf.before), before.along, asset);
        vm.assertEq(uint256(proof.leaf.missingBefore), before.missing, asset);
    }

    function _requireParts(
        string memory path,
        uint256 i,
        IFlexSettlement.Settled memory settled,
        Before memory before,
        uint256 missing
    ) private view {
        string memory asset = _assetAt(path, i);
        (uint256 along, uint256 against, uint256 own) = this.movementOf(_leafOf(asset), _isMore(path));
        vm.assertEq(along, _uint(asset, ".along"), asset);
        vm.assertEq(against, _uint(asset, ".against"), asset);
        uint256 part = FlexLines.cumulativeShareOf(
            settled.delivered,
            before.along,
            along,
            _uint(path, ".movedWh")
        );
        vm.assertEq(part, _uint(asset, ".deliveredWh"), asset);
        uint256 pool = settled.payment - FlexLines.feeOf(settled.payment, _uint(path, ".feePermille"));
        uint256 revenue = FlexLines.cumulativeShareOf(pool, before.delivered, part, settled.delivered);
        vm.assertEq(revenue, _uint(asset, ".revenue"), asset);
        uint256 penalty = FlexLines.cumulativeShareOf(settled.penalty, before.missing, own, missing);
        vm.assertEq(penalty, _uint(asset, ".penalty"), asset);
        before.along += along;
        before.missing += own;
        before.delivered += part;
        before.revenue += revenue;
        before.penalty += penalty;
    }

    function _settledOf(string memory path) private view returns (IFlexSettlement.Settled memory settled) {
        bytes memory bands = abi.encodePacked(uint16(100), uint32(400_000), uint16(400), uint32(900_000));
        uint256 ordered = _uint(path, ".orderedWh");
        settled = FlexLines.settledOf(
            _uint(path, ".price"),
            ordered,
            ordered,
            _int(path, ".movedWh") - _int(path, ".opposedWh"),
            bands
        );
        vm.assertEq(settled.delivered, _uint(path, ".deliveredWh"), path);
        vm.assertEq(settled.payment, _uint(path, ".payment"), path);
        vm.assertEq(settled.penalty, _uint(path, ".penalty"), path);
    }

    function _deliveryOf(string memory path) private view returns (FlexCalls.Delivery memory) {
        uint32 count = 0;
        while (vm.keyExistsJson(_vectors, _assetAt(path, count))) ++count;
        return
            FlexCalls.Delivery(
                FlexOrderId.wrap(1),
                DeliveryPeriod.wrap(1),
                uint64(_uint(path, ".movedWh")),
                uint64(_uint(path, ".opposedWh")),
                count,
                vm.parseJsonBytes32(_vectors, string.concat(path, ".root"))
            );
    }

    function _proofOf(
        string memory asset,
        uint256 i
    ) private view returns (IFlexChallenges.AssetProof memory proof) {
        proof.leaf = _leafOf(asset);
        proof.a = uint64(_uint(asset, ".along"));
        proof.b = uint64(_uint(asset, ".against"));
        proof.position = i;
        string memory list = string.concat(asset, ".siblings");
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(list, count))) ++count;
        proof.siblings = new bytes[](count);
        for (uint256 j = 0; j < count; ++j) proof.siblings[j] = vm.parseJsonBytes(_vectors, _item(list, j));
    }

    function _leafOf(string memory asset) private view returns (IFlexChallenges.Asset memory leaf) {
        leaf.memberId = MemberId.wrap(uint24(_uint(asset, ".memberId")));
        leaf.baseline = int64(_int(asset, ".baseline"));
        leaf.realised = int64(_int(asset, ".realised"));
        leaf.quality = uint8(_uint(asset, ".quality"));
        leaf.readingVersion = uint8(_uint(asset, ".readingVersion"));
        leaf.asked = uint64(_uint(asset, ".asked"));
        leaf.attributed = uint64(_uint(asset, ".attributed"));
        leaf.before = uint64(_uint(asset, ".before"));
        leaf.missingBefore = uint64(_uint(asset, ".missingBefore"));
        leaf.delivered = uint64(_uint(asset, ".deliveredWh"));
        leaf.revenue = uint64(_uint(asset, ".revenue"));
        leaf.penalty = uint64(_uint(asset, ".penalty"));
        leaf.source = vm.parseJsonBytes32(_vectors, string.concat(asset, ".source"));
        leaf.salt = vm.parseJsonBytes32(_vectors, string.concat(asset, ".salt"));
    }

    function _isMore(string memory path) private view returns (bool) {
        return _uint(path, ".isConsumeMore") == 1;
    }

    function _assetAt(string memory path, uint256 i) private pure returns (string memory) {
        return _item(string.concat(path, ".assets"), i);
    }

    function _uint(string memory path, string memory key) private view returns (uint256) {
        return vm.parseJsonUint(_vectors, string.concat(path, key));
    }

    function _int(string memory path, string memory key) private view returns (int256) {
        return vm.parseJsonInt(_vectors, string.concat(path, key));
    }

    function _item(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }
}
