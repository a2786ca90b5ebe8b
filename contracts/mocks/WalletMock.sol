// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @dev A contract account that signs what its owner signs, until it is locked, and calls what it is told to.
contract WalletMock is IERC1271 {
    address private immutable _owner;
    bool private _isLocked;

    error WalletMockCallFailed(bytes reason);

    constructor(address owner) {
        _owner = owner;
    }

    function lock() external {
        _isLocked = true;
    }

    function call(address target, bytes calldata data) external {
        // solhint-disable-next-line avoid-low-level-calls
        (bool isDone, bytes memory reason) = target.call(data);
        if (!isDone) revert WalletMockCallFailed(reason);
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, , ) = ECDSA.tryRecoverCalldata(hash, signature);
        bool isValid = !_isLocked && signer == _owner;
        return isValid ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
