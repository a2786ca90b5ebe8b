// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChunkChain} from "../market/ChunkChain.sol";
import {ICallAuction} from "../market/ICallAuction.sol";
import {AreaId, DeliveryPeriod, Price} from "../types/Types.sol";

/// @dev For tests of what comes after clearing: sessions with whatever fills and price a test gives them.
contract MockCallAuction {
    using ChunkChain for bytes[];

    mapping(AreaId area => mapping(DeliveryPeriod period => ICallAuction.Session)) private _sessions;

    /// @param fills As in ICallAuction.OrdersCleared, one item for each chunk.
    function setCleared(
        AreaId area,
        DeliveryPeriod period,
        Price price,
        uint64 volume,
        bytes[] calldata fills
    ) external {
        ICallAuction.Session storage session = _sessions[area][period];
        session.state = ICallAuction.SessionState.Cleared;
        session.hasTrade = volume != 0;
        session.price = price;
        session.volume = volume;
        session.fillsHash = fills.hashOf();
    }

    function sessionOf(
        AreaId area,
        DeliveryPeriod period
    ) external view returns (ICallAuction.Session memory) {
        return _sessions[area][period];
    }

    function areCleared(AreaId area, DeliveryPeriod firstPeriod, uint256 count) external view returns (bool) {
        for (uint256 i = 0; i < count; ++i) {
            DeliveryPeriod period = DeliveryPeriod.wrap(uint32(DeliveryPeriod.unwrap(firstPeriod) + i));
            if (_sessions[area][period].state != ICallAuction.SessionState.Cleared) return false;
        }
        return true;
    }
}
