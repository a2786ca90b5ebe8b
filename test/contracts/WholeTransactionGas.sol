// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

/// @dev What the last call would cost as a transaction of its own: base price and calldata included.
abstract contract WholeTransactionGas {
    function _gasOf(string memory name, bytes memory data) internal returns (uint256 gas) {
        gas = vm.snapshotGasLastCall(string.concat(name, ", execution")) + 21_000;
        for (uint256 i = 0; i < data.length; ++i) {
            gas += data[i] == 0 ? 4 : 16;
        }
    }
}
