// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClearingInvariant} from "./ClearingInvariant.sol";

contract AcceptanceProof is ClearingInvariant {
    /// @dev A claim is accepted exactly if it is what the rule says.
    function requireTrue_acceptsTheRuleAlone() external {
        require(tally.price == _claim.price && tally.claimsTrade == (volumeOf(_claim) != 0));
        _requireInvariant();
        refused = false;
        hasLost = false;
        requireTrue(_claim);

        assert(!hasLost);
        assert(!refused == _isRule());
    }
}
